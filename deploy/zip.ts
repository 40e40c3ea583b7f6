import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

/** A file of a zip. */
export type ZipEntry = { readonly path: string; readonly bytes: Uint8Array; readonly isExecutable?: boolean };

export type ZipSize = { readonly zippedBytes: number; readonly unzippedBytes: number };

/** The oldest date of the zip format, in local time as zips store it: the same bytes in every time zone. */
const MTIME = new Date(1980, 0, 1);
const FILE_MODE = 0o100644;
const PROGRAM_MODE = 0o100755;

/** Writes a zip whose bytes depend only on its entries. */
export async function writeZip(file: string, entries: readonly ZipEntry[]): Promise<ZipSize> {
  const zip = new ZipFile();
  const sorted = entries.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  for (const { path, bytes, isExecutable = false } of sorted) {
    zip.addBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), path, {
      mtime: MTIME,
      forceDosTimestamp: true,
      mode: isExecutable ? PROGRAM_MODE : FILE_MODE,
      compressionLevel: 9,
    });
  }
  zip.end();
  const output = createWriteStream(file);
  await pipeline(zip.outputStream, output);
  return { zippedBytes: output.bytesWritten, unzippedBytes: entries.reduce((sum, { bytes }) => sum + bytes.length, 0) };
}
