import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scratch } from './scratch.ts';

/** Linux takes arguments of up to 128 KiB each. */
const LONGEST_ARGUMENT = 100_000;
/** The version of ffmpeg that reads any option from a file; earlier ones have an option for graphs. */
const READS_OPTIONS = 7;

const FILE = 'outputs/graph.txt';

type LongOptions = {
  /** Version of the ffmpeg. */
  readonly version: string;
  readonly scratch: Pick<Scratch, 'path'>;
};

/** Returns the arguments of ffmpeg with a filter graph that is too long for one of them in a file of the scratch folder. */
export async function withGraphFile(
  args: readonly string[],
  { version, scratch }: LongOptions,
): Promise<readonly string[]> {
  const at = args.indexOf('-filter_complex');
  const graph = args[at + 1] ?? '';
  if (at < 0 || graph.length < LONGEST_ARGUMENT) return args;
  const path = join(scratch.path, FILE);
  await writeFile(path, graph);
  // A confined ffmpeg may be another user, whom the umask would keep out.
  await chmod(path, 0o644);
  const option = Number.parseInt(version, 10) >= READS_OPTIONS ? '-/filter_complex' : '-filter_complex_script';
  return args.toSpliced(at, 2, option, FILE);
}
