import { chmod, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppError } from '#lib/errors.ts';
import { failureOf } from '#lib/ffmpeg/failure.ts';
import type { FfmpegOutcome } from '#lib/ffmpeg/outcome.ts';
import type { FfmpegProcess } from '#lib/ffmpeg/process.ts';
import type { Progress } from '#lib/ffmpeg/progress.ts';
import type { EncodeStage } from '#lib/jobs/graph/stage.ts';
import { diskFull, located, overLimit } from './failures.ts';
import { createGlyphWatch } from './missing-glyphs.ts';
import { type FfmpegTools, runFfmpeg } from './run-ffmpeg.ts';

export type StageOptions = FfmpegTools & {
  /** Input → path of its file, from the scratch folder. */
  readonly files: ReadonlyMap<string, string>;
  /** Bytes of all inputs. */
  readonly inputBytes: number;
  /** Called with the share of the stage that is done, from 0 to 1. */
  readonly onShare: (share: number) => void;
  /** Called with what differs from the request without being an error. */
  readonly warn: (text: string) => void;
};

/** Time between two looks at the size of the outputs, ms. */
const LOOK_MS = 1_000;

/**
 * Runs one ffmpeg of a job. Throws the error of its outcome, OVERLOADED `{reason: 'disk'}` when the disk was full, whatever
 * the exit code, LIMIT_EXCEEDED over the limits of outputs, scratch and time, and the signal's reason.
 */
export async function encodeStage(stage: EncodeStage, options: StageOptions): Promise<void> {
  const { scratch, files, onShare } = options;
  for (const { name, text } of stage.writes) await writeList(join(scratch.path, 'outputs', name), text);
  const size = sizeWatch(stage, options);
  const glyphs = createGlyphWatch(options.warn);
  let sawFullDisk = false;
  const run = {
    args: stage.args,
    reads: stage.inputs.flatMap((name) => files.get(name) ?? []),
    onLog(line: string) {
      sawFullDisk ||= NO_SPACE.test(line);
      glyphs(line);
    },
    onProgress: (progress: Progress) => onShare(shareOf(stage.weight, progress)),
    watch: size.watch,
  };
  const { outcome } = await runFfmpeg(run, options);
  const excess = size.excess();
  if (excess !== undefined) throw excess;
  const failure = failureOf(outcome);
  if (sawFullDisk) throw diskFull({}, failure);
  if (failure !== undefined) throw judged(failure, outcome, options);
  onShare(1);
}

const NO_SPACE = /no space left on device|disk quota exceeded/i;

/** A confined ffmpeg may be another user, whom the umask would keep out. */
async function writeList(path: string, text: string | Uint8Array): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o644);
}

/** Returns how much of a stage is done: by frames, or by time where the first picture is not the film. */
function shareOf({ frames, seconds }: EncodeStage['weight'], { frame, outTimeSeconds }: Progress): number {
  const byFrames = frames > 0 ? frame / frames : 0;
  const byTime = seconds > 0 ? outTimeSeconds / seconds : 0;
  return Math.min(1, Math.max(byFrames, byTime));
}

/** Kills a process whose files become too large: those of the result, or all that are in the scratch folder. */
function sizeWatch({ expected }: EncodeStage, { scratch, limits, inputBytes }: StageOptions) {
  const most = limits.scratch.timesInputs * inputBytes + limits.scratch.moreBytes;
  const finished = expected.flatMap(({ file, output }) =>
    output === null ? [] : [join(scratch.path, 'outputs', file)],
  );
  let excess: AppError | undefined;
  async function look(process: FfmpegProcess): Promise<void> {
    const bytes = await scratch.bytesIn('outputs').catch(() => 0);
    const result = (await Promise.all(finished.map(sizeOf))).reduce((sum, size) => sum + size, 0);
    if (result > limits.outputBytes) excess ??= overLimit('output_bytes', result, limits.outputBytes);
    else if (bytes + inputBytes > most) excess ??= overLimit('scratch_bytes', bytes + inputBytes, most);
    if (excess !== undefined) void process.kill();
  }
  return {
    excess: () => excess,
    watch(process: FfmpegProcess): Disposable {
      const timer = setInterval(() => void look(process), LOOK_MS);
      return { [Symbol.dispose]: () => clearInterval(timer) };
    },
  };
}

/** It may not exist yet. */
async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** A limit that the same request would reach again is no timeout. An input that the log names is named. */
function judged(failure: AppError, outcome: FfmpegOutcome, { limits, time }: FfmpegTools): AppError {
  if (outcome.kind === 'timed_out') return overLimit('wall_seconds', time.seconds, time.seconds);
  if (outcome.kind === 'out_of_cpu') return overLimit('cpu_seconds', outcome.limitSeconds, outcome.limitSeconds);
  if (outcome.kind === 'out_of_memory') return overLimit('memory_bytes', limits.memoryBytes, limits.memoryBytes);
  const input = outcome.log.findLast((line) => NAMED_INPUT.test(line))?.match(NAMED_INPUT)?.[1];
  return input === undefined ? failure : located(failure, { input }, `input ${input}: `);
}

const NAMED_INPUT = /\binputs\/([A-Za-z][\w-]{0,63}): /;
