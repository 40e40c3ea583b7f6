/** Options of an input that is a list of files of the folder, which only ffmpeg itself has written. */
export const LIST_INPUT = ['-protocol_whitelist', 'file', '-f', 'concat', '-safe', '0', '-i'];

/** Returns the list of files that follow each other. */
export function listOf(files: readonly string[], folder: string): string {
  const quoted = files.map((file) => `file 'file:${`${folder}/${file}`.replaceAll("'", "'\\''")}'\n`);
  return `ffconcat version 1.0\n${quoted.join('')}`;
}
