import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';

/** Returns the bytes of a folder's files, unzipped and in a zip archive. */
export type LayerSize = { readonly unzipped: number; readonly zipped: number };

export async function layerSize(directory: string): Promise<LayerSize> {
  const size = { unzipped: 0, zipped: 0 };
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    size.unzipped += bytes.length;
    size.zipped += (await promisify(deflateRaw)(bytes)).length;
  }
  return size;
}

/** Formats sizes as `12.3 MB unzipped, 4.5 MB zipped`. */
export function sizeText({ unzipped, zipped }: LayerSize): string {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  return `${megabytes(unzipped)} MB unzipped, ${megabytes(zipped)} MB zipped`;
}
