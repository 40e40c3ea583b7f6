import { on } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, open, type ZipFile } from 'yauzl';

/** The entry of a file in a zip. */
export type UnzippedFile = { readonly path: string; readonly mode: number; readonly modifiedAt: Date };

/** Unpacks a zip like the platform does, including modes; returns its files in order. */
export async function unzip(file: string, folder: string): Promise<UnzippedFile[]> {
  const zip = await openZip(file);
  const unzipped: UnzippedFile[] = [];
  const entries = on(zip, 'entry', { close: ['end'] });
  zip.readEntry();
  for await (const [entry] of entries as AsyncIterable<[Entry]>) {
    const mode = (entry.externalFileAttributes >>> 16) & 0o777;
    const target = join(folder, entry.fileName);
    await mkdir(dirname(target), { recursive: true });
    await pipeline(await contentOf(zip, entry), createWriteStream(target, { mode }));
    unzipped.push({ path: entry.fileName, mode, modifiedAt: entry.getLastModDate() });
    zip.readEntry();
  }
  zip.close();
  return unzipped;
}

function openZip(file: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(file, { lazyEntries: true, autoClose: false }, (error, zip) => (error ? reject(error) : resolve(zip)));
  });
}

function contentOf(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}
