import type { ZipSize } from './zip.ts';

export type PackagedFunction = ZipSize & { readonly name: string; readonly layers: readonly string[] };
export type PackagedLayer = ZipSize & { readonly name: string };
export type Packaged = { readonly functions: readonly PackagedFunction[]; readonly layers: readonly PackagedLayer[] };

/** Source: Lambda quotas; a function's code and its layers, unzipped, 250 MB. */
const UNZIPPED_LIMIT_BYTES = 250 * 2 ** 20;

/** Returns the unzipped bytes of each function with its layers. Throws an Error for one over the platform's limit. */
export function unzippedTotals({ functions, layers }: Packaged): ReadonlyMap<string, number> {
  const sizeOf = (name: string) => layers.find((layer) => layer.name === name)?.unzippedBytes ?? 0;
  const totals = functions.map(({ name, unzippedBytes, layers }) => {
    const bytes = layers.reduce((sum, layer) => sum + sizeOf(layer), unzippedBytes);
    if (bytes > UNZIPPED_LIMIT_BYTES) {
      throw new Error(`${name} and its layers are ${mebibytes(bytes)} unzipped; the platform allows 250 MiB`);
    }
    return [name, bytes] as const;
  });
  return new Map(totals);
}

/** Returns the lines of a table for people. Throws like `unzippedTotals`. */
export function sizeTable(packaged: Packaged): string[] {
  const totals = unzippedTotals(packaged);
  const rows = [
    ['function', 'zipped', 'unzipped', 'with layers'],
    ...packaged.functions.map(({ name, zippedBytes, unzippedBytes }) => [
      name,
      kibibytes(zippedBytes),
      kibibytes(unzippedBytes),
      mebibytes(totals.get(name) ?? 0),
    ]),
    ['layer', '', '', ''],
    ...packaged.layers.map(({ name, zippedBytes, unzippedBytes }) => [
      name,
      mebibytes(zippedBytes),
      mebibytes(unzippedBytes),
      '',
    ]),
  ];
  return rows.map(([name = '', ...cells]) =>
    `  ${name.padEnd(18)}${cells.map((cell) => cell.padStart(13)).join('')}`.trimEnd(),
  );
}

function kibibytes(bytes: number): string {
  return `${(bytes / 1_024).toFixed(0)} KiB`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
