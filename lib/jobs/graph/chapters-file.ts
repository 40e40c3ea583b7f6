import type { PlannedChapter } from '#lib/jobs/plan/job-plan.ts';

/** The file of the chapters in the folder: all outputs of a stage share it. */
export type ChaptersFile = { readonly name: string; readonly text: string; readonly count: number };

const NAME = 'chapters.txt';

/** Returns the file in ffmpeg's format of metadata; undefined without chapters. */
export function chaptersFile(chapters: readonly PlannedChapter[]): ChaptersFile | undefined {
  if (chapters.length === 0) return undefined;
  const blocks = chapters.map(({ fromMs, toMs, title }) =>
    ['[CHAPTER]', 'TIMEBASE=1/1000', `START=${fromMs}`, `END=${toMs}`, `title=${escaped(title)}`, ''].join('\n'),
  );
  return { name: NAME, text: `;FFMETADATA1\n${blocks.join('')}`, count: chapters.length };
}

/** Returns files to write, with that of the chapters, which is opened last. */
export function withChapters<File>(
  files: readonly File[],
  chapters: ChaptersFile | undefined,
): (File | ChaptersFile)[] {
  return chapters === undefined ? [...files] : [...files, chapters];
}

/** Returns the options that open the file. */
export function chapterInputs(file: ChaptersFile | undefined, folder: string): string[] {
  if (file === undefined) return [];
  return ['-protocol_whitelist', 'file', '-f', 'ffmetadata', '-i', `file:${folder}/${file.name}`];
}

/** Returns the options of an output with the chapters of the input with this number. */
export function chapterStreams(file: ChaptersFile | undefined, input: number): string[] {
  return file === undefined ? [] : ['-map_chapters', String(input)];
}

function escaped(title: string): string {
  return title.replace(/[=;#\\\n]/g, '\\$&');
}
