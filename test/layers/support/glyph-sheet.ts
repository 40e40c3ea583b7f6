import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A picture of characters in cells, with a row for each script and each way to draw text. */
export type GlyphSheet = {
  readonly width: number;
  readonly height: number;
  /** The filters that draw it on a black picture. `folder` holds the texts that they read. */
  readonly filters: string;
  /** Returns the gray pixels of a cell in a picture of it. */
  cell(picture: Buffer, row: Row, column: number): Buffer;
};

export type Row = { readonly script: Script; readonly by: 'drawtext' | 'subtitles' };

export type Script = keyof typeof SCRIPTS;

/** Two characters of each script, and a font for `drawtext`, which uses one font for the whole text. */
const SCRIPTS = {
  Latin: { characters: ['R', 'ß'], font: 'sans-serif' },
  Greek: { characters: ['Ω', 'Ψ'], font: 'sans-serif' },
  Cyrillic: { characters: ['Ж', 'Щ'], font: 'serif' },
  Arabic: { characters: ['ش', 'ع'], font: 'Noto Sans Arabic' },
  Hebrew: { characters: ['ש', 'ק'], font: 'Noto Sans Hebrew' },
  Devanagari: { characters: ['म', 'ग'], font: 'Noto Sans Devanagari' },
  Thai: { characters: ['ฟ', 'ณ'], font: 'Noto Sans Thai' },
  Chinese: { characters: ['漢', '語'], font: 'WenQuanYi Micro Hei' },
  Japanese: { characters: ['あ', 'ぬ'], font: 'WenQuanYi Micro Hei' },
  // DejaVu has faces, but not these.
  Emoji: { characters: ['🚀', '🎉'], font: 'Symbola' },
  Korean: { characters: ['한', '글'], font: 'WenQuanYi Micro Hei' },
} as const;

/** Two characters that no font has, to draw the replacement of a missing glyph. */
const MISSING = ['\u{f8f0}', '\u{f8f1}'] as const;

/** The columns of a row: two characters of its script, and two that are missing. */
export const COLUMNS = { characters: [0, 1], missing: [2, 3] } as const;

const CELL = 48;
const SIZE = 32;
/** libass uses a font's size as the height of its lines. */
const SUBTITLE_SIZE = 42;

export const ROWS: readonly Row[] = (Object.keys(SCRIPTS) as Script[]).flatMap((script) => [
  { script, by: 'drawtext' },
  { script, by: 'subtitles' },
]);

/** Writes the texts into `folder`, whose path for the drawing program is `seenAs`. */
export function glyphSheet(folder: string, seenAs: string): GlyphSheet {
  const width = CELL * 4;
  const height = CELL * ROWS.length;
  const cells = ROWS.flatMap((row, index) =>
    [...SCRIPTS[row.script].characters, ...MISSING].map((text, column) => ({ row, index, column, text })),
  );
  const drawn = cells.filter(({ row }) => row.by === 'drawtext');
  const filters = drawn.map(({ row: { script }, index, column, text }) => {
    const name = `${index}-${column}.txt`;
    writeFileSync(join(folder, name), text);
    const place = `x=${column * CELL + 8}:y=${index * CELL + 8}`;
    const font = `font=${SCRIPTS[script].font}`;
    return `drawtext=${font}:textfile=${seenAs}/${name}:expansion=none:fontsize=${SIZE}:fontcolor=white:${place}`;
  });
  const lines = cells
    .filter(({ row }) => row.by === 'subtitles')
    .map(({ index, column, text }) => dialogue(`{\\pos(${column * CELL + 8},${index * CELL + 4})}${text}`));
  writeFileSync(join(folder, 'sheet.ass'), [subtitleHead(width, height), ...lines, ''].join('\n'));
  return {
    width,
    height,
    filters: [...filters, `subtitles=${seenAs}/sheet.ass`].join(','),
    cell: (picture, row, column) => {
      const top = ROWS.indexOf(row) * CELL;
      const lines = Array.from({ length: CELL }, (_, line) => (top + line) * width + column * CELL);
      return Buffer.concat(lines.map((at) => picture.subarray(at, at + CELL)));
    },
  };
}

/** Names a font that does not exist, so that fontconfig selects all fonts. */
function subtitleHead(width: number, height: number): string {
  const style = `Style: Default,sans-serif,${SUBTITLE_SIZE},&H00FFFFFF,&H0,&H0,&H0,0,0,0,0,100,100,0,0,1,0,0,7,0,0,0,1`;
  const fields =
    'Name,Fontname,Fontsize,PrimaryColour,SecondaryColour,OutlineColour,BackColour,Bold,Italic,Underline,StrikeOut,' +
    'ScaleX,ScaleY,Spacing,Angle,BorderStyle,Outline,Shadow,Alignment,MarginL,MarginR,MarginV,Encoding';
  return [
    ...['[Script Info]', 'ScriptType: v4.00+', `PlayResX: ${width}`, `PlayResY: ${height}`],
    ...['[V4+ Styles]', `Format: ${fields}`, style],
    ...['[Events]', 'Format: Layer,Start,End,Style,Name,MarginL,MarginR,MarginV,Effect,Text'],
  ].join('\n');
}

function dialogue(text: string): string {
  return `Dialogue: 0,0:00:00.00,0:00:10.00,Default,,0,0,0,,${text}`;
}
