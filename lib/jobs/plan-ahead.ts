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
import { RUN_LIMITS } from './run/run-limits.ts';
import type { JobPrograms } from './run/run-tools.ts';
import { usedInputs } from './spec/rules.ts';
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

  /** Probes the inputs one after another. */
  async function planned(spec: JobSpec, tools: Tools, { capabilities }: JobPrograms['ffmpeg']): Promise<Planned> {
    const facts = new Map<string, MediaFacts>();
    for (const name of usedInputs(spec)) {
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
    return { kind: 'planned', plan: plan(spec, facts, capabilities) };
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

function unknown(because: string): Planned {
  return { kind: 'unknown', because };
}
