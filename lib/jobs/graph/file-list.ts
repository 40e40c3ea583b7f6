import type { EncodeStage } from './stage.ts';

/** Options of an input that is a list of files of the folder, which only ffmpeg itself has written. */
export const LIST_INPUT = ['-protocol_whitelist', 'file', '-f', 'concat', '-safe', '0', '-i'];

/** Returns the text of a list. */
function listOf(files: readonly string[], folder: string): string {
  const quoted = files.map((file) => `file 'file:${`${folder}/${file}`.replaceAll("'", "'\\''")}'\n`);
  return `ffconcat version 1.0\n${quoted.join('')}`;
}

/** A list with its name, and files that follow each other. */
export type FileList = { readonly name: string; readonly files: readonly string[] };

type Written = {
  readonly lists: readonly FileList[];
  readonly texts: readonly { readonly name: string; readonly text: string }[];
  readonly folder: string;
};

/** Returns what a stage that joins files writes before it starts, and what no later one needs. */
export function writtenForJoin({ lists, texts, folder }: Written): Pick<EncodeStage, 'writes' | 'frees'> {
  return {
    writes: [
      ...lists.map(({ name, files }) => ({ name, text: listOf(files, folder) })),
      ...texts.map(({ name, text }) => ({ name, text })),
    ],
    frees: [...lists.flatMap(({ name, files }) => [name, ...files]), ...texts.map(({ name }) => name)],
  };
}
