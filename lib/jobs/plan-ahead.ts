import { AppError, toAppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { Planned } from './dry-run.ts';
import type { MediaFacts } from './media/facts.ts';
import { plan } from './plan/plan.ts';
import type { EndsProber, ProbeAhead } from './probe-ahead.ts';
import type { JobPrograms } from './run/run-tools.ts';
import { usedInputs } from './spec/rules.ts';
import type { JobSpec } from './spec/spec.ts';

/** Containers that state their length at one of their ends. */
const STATING = /mp4|matroska|webm|wav|flac|image2|_pipe|gif/;

/** Returns a function that plans a job by the ends of its inputs. Throws what would fail the job. */
export function createPlanAhead(probeAhead: ProbeAhead) {
  return async (spec: JobSpec, caller: Caller, signal: AbortSignal): Promise<Planned> => {
    try {
      return await probeAhead({ caller, signal }, (prober) => planned(spec, prober, signal));
    } catch (error) {
      const isPassing = error instanceof AppError && ['UNAVAILABLE', 'TIMEOUT'].includes(error.code);
      if (!isPassing) throw error;
      return { kind: 'unknown', because: error.message };
    }
  };
}

type Prober = EndsProber & { readonly programs: JobPrograms };

/** Probes the inputs one after another. */
async function planned(spec: JobSpec, prober: Prober, signal: AbortSignal): Promise<Planned> {
  const facts = new Map<string, MediaFacts>();
  for (const name of usedInputs(spec)) {
    const found = await factsOf(name, spec.inputs[name]?.url ?? '', prober).catch((error: unknown) => {
      signal.throwIfAborted();
      const { code, message } = toAppError(error);
      if (code === 'INTERNAL_ERROR') throw error;
      return `inputs.${name} cannot be probed by its ends: ${message}`;
    });
    if (typeof found === 'string') return { kind: 'unknown', because: found };
    facts.set(name, found);
  }
  return { kind: 'planned', plan: plan(spec, facts, prober.programs.ffmpeg.capabilities) };
}

async function factsOf(name: string, url: string, prober: EndsProber): Promise<MediaFacts | string> {
  const { extent, bytes } = await prober.see(name, url);
  if (extent === 'beginning' && bytes === null) {
    return `the length of inputs.${name} is not known before it is read whole`;
  }
  const facts = await prober.facts(name);
  return STATING.test(facts.container) ? facts : `inputs.${name} does not state its length`;
}
