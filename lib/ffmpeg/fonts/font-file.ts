import { type FileHandle, open } from 'node:fs/promises';

/** What a file of fonts says of one of them. */
export type FontFace = {
  readonly family: string;
  readonly style: string;
  /** All names that a request may use for it. */
  readonly names: readonly string[];
};

type Tables = ReadonlyMap<string, { readonly offset: number; readonly length: number }>;

/** Returns the faces of a TrueType or OpenType file that have outlines; none for another file. */
export async function facesOf(path: string): Promise<FontFace[]> {
  await using file = await open(path);
  const faces: FontFace[] = [];
  for (const offset of await offsetsOf(file)) {
    const tables = await tablesAt(file, offset);
    if (!OUTLINES.some((tag) => tables.has(tag))) continue;
    const names = namesIn(await bytesOf(file, tables, 'name'));
    const family = names.get(16) ?? names.get(1);
    if (family === undefined) continue;
    const all = NAMED.flatMap((id) => names.get(id) ?? []);
    faces.push({ family, style: names.get(17) ?? names.get(2) ?? 'Regular', names: all });
  }
  return faces;
}

/** Tables that hold outlines. A font of pictures has none, and libass cannot draw it. */
const OUTLINES = ['glyf', 'CFF ', 'CFF2'];
/** Families, full name and PostScript name, by their numbers in the table of names. */
const NAMED = [1, 16, 4, 6];
/** Most bytes of a table, and most fonts of a collection, that are read. */
const MOST_BYTES = 1 << 20;
const MOST_FACES = 64;

async function read(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.min(length, MOST_BYTES));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
  return buffer.subarray(0, bytesRead);
}

/** Returns where the fonts of a file begin: a collection has several. */
async function offsetsOf(file: FileHandle): Promise<number[]> {
  const head = await read(file, 0, 12 + 4 * MOST_FACES);
  if (head.length < 12) return [];
  const kind = head.toString('latin1', 0, 4);
  if (kind === 'ttcf') {
    const count = Math.min(head.readUInt32BE(8), MOST_FACES, Math.floor((head.length - 12) / 4));
    return Array.from({ length: count }, (_, index) => head.readUInt32BE(12 + 4 * index));
  }
  return ['\0\u0001\0\0', 'OTTO', 'true'].includes(kind) ? [0] : [];
}

async function tablesAt(file: FileHandle, offset: number): Promise<Tables> {
  const head = await read(file, offset, 12);
  const count = head.length < 12 ? 0 : head.readUInt16BE(4);
  const list = await read(file, offset + 12, 16 * count);
  return new Map(
    Array.from({ length: Math.floor(list.length / 16) }, (_, index) => {
      const entry = list.subarray(16 * index);
      return [entry.toString('latin1', 0, 4), { offset: entry.readUInt32BE(8), length: entry.readUInt32BE(12) }];
    }),
  );
}

async function bytesOf(file: FileHandle, tables: Tables, tag: string): Promise<Buffer> {
  const table = tables.get(tag);
  return table === undefined ? Buffer.alloc(0) : await read(file, table.offset, table.length);
}

const WINDOWS = 3;
const ENGLISH = 0x409;

/** Returns the names of a table by their numbers: the English ones for Windows, which nearly all fonts have. */
function namesIn(table: Buffer): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  const count = table.length < 6 ? 0 : table.readUInt16BE(2);
  for (let index = 0; index < count && 18 + 12 * index <= table.length; index += 1) {
    const [platform = 0, , language = 0, id = 0, length = 0, offset = 0] = Array.from({ length: 6 }, (_, field) =>
      table.readUInt16BE(6 + 12 * index + 2 * field),
    );
    const start = table.readUInt16BE(4) + offset;
    if (platform !== WINDOWS || start + length > table.length || (names.has(id) && language !== ENGLISH)) continue;
    const text = Buffer.from(table.subarray(start, start + (length & ~1)))
      .swap16()
      .toString('utf16le');
    names.set(id, text);
  }
  return names;
}
