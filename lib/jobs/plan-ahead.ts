import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, toAppError } from '#lib/errors.ts';
import { runProgram } from '#lib/ffmpeg/run-program.ts';
import { accountOf, type Caller } from '#lib/identity/caller.ts';
import type { SourceOpener } from '#lib/sources/open-source.ts';
import type { Share } from '#lib/work/shares.ts';
import { writeBothEnds } from './both-ends.ts';
import type { Planned } from './dry-run.ts';
import type { MediaFacts } from './media/facts.ts';
import { probeArguments, readFacts } from './media/probe.ts';
import { plan } from './plan/plan.ts';
import { asRunner } from './run/as-runner.ts';
import { refuseText } from './run/read-texts.ts';
import { RUN_LIMITS } from './run/run-limits.ts';
import type { JobPrograms } from './run/run-tools.ts';
import { mediaInputs, textInputs } from './spec/base.ts';
import type { JobSpec } from './spec/spec.ts';

export type PlanAheadOptions = {
  readonly sources: () => Pick<SourceOpener, 'open'>;
  /** Throws UNAVAILABLE without usable programs. */
  readonly programs: () => Promise<JobPrograms>;
  /** The folder of temporary files. */
  readonly directory: string;
  /** Plans that are made at a time. */
  readonly plans: Share;
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 10_000;
const PROBE = { memoryBytes: 512 << 20, cpuSeconds: 5, wallMs: 5_000, outputBytes: 4 << 20 };
/** What the job would be refused for, too. */
const REFUSALS: ReadonlySet<string> = new Set(['UNSUPPORTED_FORMAT', 'LIMIT_EXCEEDED', 'INTERNAL_ERROR']);
/** Longer subtitles are read by the job alone: they would keep others waiting. */
const TEXT_BYTES = 64 << 10;
/** Containers that state their length at one of their ends. */
const STATING = /mp4|matroska|webm|wav|flac|image2|_pipe|gif/;

/** Returns a function that plans a job by the ends of its inputs. Throws what would fail the job. */
export function createPlanAhead(options: PlanAheadOptions) {
  const { sources, programs, directory, plans, timeoutMs = TIMEOUT_MS } = options;

  async function factsOf(name: string, url: string, tools: Tools): Promise<MediaFacts | string> {
    const { folder, caller, signal, ffprobe } = tools;
    const source = await sources().open(url, { accept: 'any', caller, signal, maxBytes: RUN_LIMITS.inputBytes });
    try {
      const isWritten = await writeBothEnds(source, join(folder, name), signal);
      if (!isWritten) return `the length of inputs.${name} is not known before it is read whole`;
    } finally {
      source.close();
    }
    const args = probeArguments(name);
    const run = { program: ffprobe, args, workingDirectory: folder, files: { reads: [name] }, limits: PROBE, signal };
    const facts = readFacts((await runProgram(run)).toString());
    return STATING.test(facts.container) ? facts : `inputs.${name} does not state its length`;
  }

  /** Returns the subtitles that are short enough to be read here, or why one cannot be. Throws what would fail the job. */
  async function textsOf(spec: JobSpec, { caller, signal }: Tools): Promise<Map<string, Uint8Array> | string> {
    const texts = new Map<string, Uint8Array>();
    for (const name of textInputs(spec)) {
      const { url = '' } = spec.inputs[name] ?? {};
      try {
        const source = await sources().open(url, { accept: 'any', caller, signal, maxBytes: RUN_LIMITS.inputBytes });
        try {
          refuseText(spec, { name, bytes: source.size ?? 0, format: source.format });
          const bytes = await beginningOf(source.body, TEXT_BYTES);
          if (bytes !== undefined) texts.set(name, bytes);
        } finally {
          source.close();
        }
      } catch (error) {
        signal.throwIfAborted();
        const { code, message } = toAppError(error);
        if (REFUSALS.has(code)) throw error;
        return `inputs.${name} cannot be read: ${message}`;
      }
    }
    return texts;
  }

  /** Probes the inputs one after another. */
  async function planned(spec: JobSpec, tools: Tools, { capabilities }: JobPrograms['ffmpeg']): Promise<Planned> {
    const facts = new Map<string, MediaFacts>();
    const texts = await textsOf(spec, tools);
    if (typeof texts === 'string') return { kind: 'unknown', because: texts };
    for (const name of mediaInputs(spec)) {
      const { url = '' } = spec.inputs[name] ?? {};
      const found = await factsOf(name, url, tools).catch((error: unknown) => {
        tools.signal.throwIfAborted();
        const { code, message } = toAppError(error);
        if (code === 'INTERNAL_ERROR') throw error;
        return `inputs.${name} cannot be probed by its ends: ${message}`;
      });
      if (typeof found === 'string') return { kind: 'unknown', because: found };
      facts.set(name, found);
    }
    return { kind: 'planned', plan: plan(spec, facts, capabilities, { texts }) };
  }

  return async (spec: JobSpec, caller: Caller, signal: AbortSignal): Promise<Planned> => {
    const place = plans.take({ account: accountOf(caller) });
    const timeout = AbortSignal.timeout(timeoutMs);
    let folder: string | undefined;
    try {
      folder = await mkdtemp(join(directory, 'plan-'));
      await chmod(folder, 0o755);
      const { ffmpeg, ffprobe } = await programs();
      const tools = { folder, caller: asRunner(caller), ffprobe, signal: AbortSignal.any([signal, timeout]) };
      return await planned(spec, tools, ffmpeg);
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted) return unknown(`the inputs cannot be probed within ${timeoutMs / 1_000} seconds`);
      if (error instanceof AppError && error.code === 'UNAVAILABLE') return unknown(error.message);
      throw error;
    } finally {
      place.release();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }
  };
}

type Tools = Pick<JobPrograms, 'ffprobe'> & {
  readonly folder: string;
  readonly caller: Caller;
  readonly signal: AbortSignal;
};

/** Returns all bytes of a source; undefined when there are more than these. */
async function beginningOf(body: AsyncIterable<Buffer>, most: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unknown(because: string): Planned {
  return { kind: 'unknown', because };
}
