import type { Expected } from '#lib/jobs/verify/expected.ts';

/** A file that is written before ffmpeg starts. */
export type StageWrite = { readonly name: string; readonly text: string | Uint8Array };

/** The files of a job. */
export type StageFiles = {
  /** Input → path of its file. */
  readonly files: ReadonlyMap<string, string>;
  /** Where all files are written. */
  readonly folder: string;
};

/** One ffmpeg of a job. Stages run in order; each needs the files of those before it. */
export type EncodeStage = {
  readonly name: string;
  /** Arguments after the supervisor's own. */
  readonly args: readonly string[];
  /** Files to write into the folder before the start. */
  readonly writes: readonly StageWrite[];
  /** The inputs that it decodes. */
  readonly inputs: readonly string[];
  /** What it makes in the folder, in the order of `expected`. */
  readonly outputs: readonly string[];
  /**
   * Work, for progress: frames that are encoded, or seconds of sound when there are none. `speed`: how many times faster
   * than sound they are done.
   */
  readonly weight: { readonly frames: number; readonly seconds: number; readonly speed?: number };
  readonly expected: readonly Expected[];
  /** Files of the folder that no later stage needs. */
  readonly frees: readonly string[];
  /** The output that it copies, by its number in the request: if it fails, that one is encoded instead. */
  readonly copies?: number;
};
