import { chmod, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { MediaFacts } from '#lib/jobs/media/facts.ts';
import { createEndsProber, type SeenEnds } from '#lib/jobs/probe-ahead.ts';
import { inputFailure } from '#lib/jobs/run/failures.ts';
import { type FetchedInput, fetchInputs } from '#lib/jobs/run/fetch-inputs.ts';
import { inParallel } from '#lib/jobs/run/in-parallel.ts';
import { probeInputs } from '#lib/jobs/run/probe-inputs.ts';
import { readTexts } from '#lib/jobs/run/read-texts.ts';
import type { RunLimits } from '#lib/jobs/run/run-limits.ts';
import type { JobPrograms } from '#lib/jobs/run/run-tools.ts';
import type { Scratch } from '#lib/jobs/run/scratch.ts';
import { mediaInputs } from '#lib/jobs/spec/base.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import type { SourceOpener } from '#lib/sources/open-source.ts';
import { isExact } from './exact-length.ts';

export type PreviewInputsOptions = {
  readonly spec: JobSpec;
  readonly sources: () => Pick<SourceOpener, 'open'>;
  readonly programs: JobPrograms;
  readonly scratch: Scratch;
  readonly limits: RunLimits;
  readonly caller: Caller;
  readonly signal: AbortSignal;
};

/** The inputs of a preview: known by their ends, and read as a whole where that is necessary. */
export type PreviewInputs = {
  readonly facts: ReadonlyMap<string, MediaFacts>;
  /** Those that were read as a whole → path from the scratch folder. */
  readonly files: ReadonlyMap<string, string>;
  /** The bytes of the subtitles that are shown. */
  readonly texts: ReadonlyMap<string, Uint8Array>;
  /** Bytes of these files. */
  bytes(): number;
  read(names: readonly string[]): Promise<void>;
};

/** Inputs whose ends are read at once. */
const WIDTH = 8;

/**
 * Looks at all inputs of a job by their ends, and reads those as a whole whose ends do not show their exact length. Throws
 * the errors of a job, with the input in `details`, and the signal's reason.
 */
export async function openPreviewInputs(options: PreviewInputsOptions): Promise<PreviewInputs> {
  const { spec, scratch, limits, signal } = options;
  const folder = join(scratch.path, 'ends');
  await mkdir(folder);
  await chmod(folder, 0o755);
  const facts = new Map<string, MediaFacts>();
  const files = new Map<string, string>();
  /** Inputs that are so short that their ends are all of them. */
  const short = new Map<string, SeenEnds>();
  let bytes = 0;

  async function look(name: string, until: AbortSignal): Promise<void> {
    const prober = createEndsProber(folder, { ...options, niceness: limits.niceness, signal: until });
    const seen = await prober.see(name, urlOf(spec, name)).catch((error: unknown) => {
      until.throwIfAborted();
      const details = { input: name, field: `inputs.${name}`, phase: 'fetching' };
      throw inputFailure(error, { details, prefix: `input ${name}: `, inputBytes: limits.inputBytes });
    });
    if (seen.extent === 'whole') short.set(name, seen);
    if (seen.format.kind === 'subtitles') return;
    const found = await prober.facts(name).catch((error: unknown) => unlessUnreadable(error));
    if (found !== undefined) facts.set(name, found);
  }

  /** Moves what is here already to where `fetchInputs` would put it. */
  async function moved(name: string): Promise<FetchedInput[]> {
    const seen = short.get(name);
    if (seen === undefined) return [];
    const file = `inputs/${name}`;
    await rename(join(folder, name), join(scratch.path, file));
    return [{ name, file, bytes: seen.bytes ?? 0, format: seen.format, version: undefined }];
  }

  async function fetched(names: readonly string[]): Promise<FetchedInput[]> {
    const here = await Promise.all(names.map(moved));
    const missing = names.filter((name) => !short.has(name)).map((name) => ({ name, url: urlOf(spec, name) }));
    const silent = { expect: () => undefined, fetched: () => undefined };
    const more = await fetchInputs(missing, { ...options, ...silent, sources: options.sources() });
    return [...here.flat(), ...more];
  }

  async function read(names: readonly string[]): Promise<void> {
    const inputs = await fetched(names);
    for (const [name, found] of await probeInputs(inputs, options)) facts.set(name, found);
    for (const input of inputs) {
      files.set(input.name, input.file);
      bytes += input.bytes;
    }
  }

  const used = mediaInputs(spec);
  const shown = burnedInputs(spec);
  await inParallel([...used, ...shown], { width: WIDTH, signal }, look);
  await read(used.filter((name) => !isExact(name, facts.get(name), spec)));
  const texts = await readTexts(spec, await fetched(shown), scratch);
  return { facts, files, texts, bytes: () => bytes, read };
}

/** What the ends do not show, the whole file may. */
function unlessUnreadable(error: unknown): undefined {
  if (!(error instanceof AppError) || !['UNSUPPORTED_FORMAT', 'FFMPEG_ERROR'].includes(error.code)) throw error;
  return undefined;
}

function urlOf({ inputs }: JobSpec, name: string): string {
  return inputs[name]?.url ?? '';
}

/** Returns the inputs that are subtitles on the picture. Others are not in a frame. */
function burnedInputs({ steps }: JobSpec): string[] {
  const burned = steps.flatMap((step) => (step.op === 'subtitles' && step.mode === 'burn' ? (step.input ?? []) : []));
  return [...new Set(burned)];
}
