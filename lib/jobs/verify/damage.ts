import { AppError } from '#lib/errors.ts';
import { confinedInput } from '#lib/jobs/media/formats.ts';
import { sourcesOf } from '#lib/jobs/plan/clip-sources.ts';
import type { PlannedClip } from '#lib/jobs/plan/planned-clip.ts';
import type { Finding } from './verify.ts';

/** A clip whose input may have broken, so that a file came out shorter than planned. */
export type Suspect = {
  readonly input: string;
  /** Arguments that decode the picture of the input to its end and write nothing. */
  readonly args: readonly string[];
  /** Up to where the clip needs it, seconds. */
  readonly neededSeconds: number;
};

/** Returns the inputs of a stage to examine, each once, after a finding that is shorter than planned. */
export function suspectsOf(
  clips: readonly PlannedClip[],
  { inputs, files }: { readonly inputs: readonly string[]; readonly files: ReadonlyMap<string, string> },
): Suspect[] {
  const sources = sourcesOf(clips);
  return inputs.flatMap((input) => {
    const used = sources.filter((clip) => clip.input === input && clip.picture !== null);
    const [clip] = used;
    if (clip === undefined) return [];
    const file = confinedInput(files.get(input) ?? '', clip.container);
    const map = ['-map', `0:${clip.picture?.stream ?? 0}`, '-fps_mode', 'passthrough', '-f', 'null', '-'];
    return [{ input, args: ['-threads', '2', ...file, ...map], neededSeconds: Math.max(...used.map(({ to }) => to)) }];
  });
}

/** Seconds that a decoder may leave out at the end. */
const SLACK_SECONDS = 0.5;

/** Returns the error for findings. `decodedSeconds` is where decoding of each suspect ended, as progress reports it. */
export function errorOf(
  findings: readonly Finding[],
  suspects: readonly (Suspect & { readonly decodedSeconds: number })[] = [],
): AppError {
  const broken = suspects.find(({ decodedSeconds, neededSeconds }) => decodedSeconds < neededSeconds - SLACK_SECONDS);
  if (broken !== undefined && findings.some(({ isShorter }) => isShorter)) {
    const at = Math.round(broken.decodedSeconds * 1_000) / 1_000;
    const message = `inputs.${broken.input} is damaged: it cannot be decoded after ${at} s`;
    return new AppError('SOURCE_DAMAGED', { input: broken.input, at_seconds: at, phase: 'encoding' }, { message });
  }
  const [first] = findings;
  const message = `the result is not as planned: ${first?.what} ${first?.found}, not ${first?.expected}`;
  return new AppError('FFMPEG_ERROR', { reason: 'unexpected_result', findings, phase: 'encoding' }, { message });
}
