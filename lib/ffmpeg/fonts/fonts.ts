import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { DEFAULT_FONT } from './default-font.ts';
import { type FontFace, facesOf } from './font-file.ts';

const FAMILY = z.strictObject({
  family: z.string().meta({ description: 'Name of the family, for `font` of texts and subtitles.' }),
  styles: z.array(z.string()).meta({ description: 'Its styles, such as `Bold`.' }),
});

/** The response of `GET /api/fonts`. */
export const FONTS = z.strictObject({
  default: z.string().meta({ description: 'The family of texts that name none.' }),
  fonts: z
    .array(FAMILY)
    .meta({ description: 'All families, by name. Another one adds the glyphs that a family lacks.' }),
});
export type Fonts = z.output<typeof FONTS>;

/** The fonts that an ffmpeg reads. */
export type FontList = {
  readonly families: Fonts['fonts'];
  /** Returns whether a font has this name, of a family or of one of its styles. */
  has(name: string): boolean;
};

/** Returns the families for texts in videos, for an answer. */
export async function availableFonts(ffmpeg: string): Promise<Fonts> {
  return { default: DEFAULT_FONT, fonts: (await fontsOf(ffmpeg)).families };
}

/** The folders of the machine. */
const SYSTEM = ['/usr/local/share/fonts', '/usr/share/fonts'];
/** Files at a time. */
const WIDTH = 8;

const lists = new Map<string, Promise<FontList>>();

/** Lists the fonts that an ffmpeg reads: its own, where it has some, as a confined one reads no others. Reads them once. */
export function fontsOf(ffmpeg: string): Promise<FontList> {
  const list = lists.get(ffmpeg) ?? readFonts(foldersOf(ffmpeg));
  lists.set(ffmpeg, list);
  return list;
}

function foldersOf(ffmpeg: string): readonly string[] {
  const own = join(dirname(dirname(ffmpeg)), 'share', 'fonts');
  return !SYSTEM.includes(own) && existsSync(own) ? [own] : SYSTEM;
}

/** Lists the fonts of some folders, and of those in them. What cannot be read is left out. */
export async function readFonts(folders: readonly string[]): Promise<FontList> {
  const files = (await Promise.all(folders.map(fontFiles))).flat();
  const faces: FontFace[] = [];
  for (let index = 0; index < files.length; index += WIDTH) {
    const found = await Promise.all(files.slice(index, index + WIDTH).map((file) => facesOf(file).catch(() => [])));
    faces.push(...found.flat());
  }
  const names = new Set(faces.flatMap((face) => face.names.map(compared)));
  return { families: familiesOf(faces), has: (name) => names.has(compared(name)) };
}

async function fontFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory() && /\.(?:ttf|otf|ttc|otc)$/i.test(entry.name));
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** fontconfig ignores case and spaces. */
function compared(name: string): string {
  return name.toLowerCase().replaceAll(' ', '');
}

function familiesOf(faces: readonly FontFace[]): Fonts['fonts'] {
  const families = Map.groupBy(faces, ({ family }) => family);
  return [...families]
    .map(([family, own]) => ({
      family,
      styles: [...new Set(own.map(({ style }) => style))].sort(),
    }))
    .sort((one, other) => one.family.localeCompare(other.family, 'en'));
}
