import { AppError, toAppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { Planned } from './dry-run.ts';
import type { MediaFacts } from './media/facts.ts';
import { plan } from './plan/plan.ts';
import type { EndsProber, ProbeAhead } from './probe-ahead.ts';
import { knownFonts } from './run/known-fonts.ts';
import { refuseText } from './run/read-texts.ts';
import type { JobPrograms } from './run/run-tools.ts';
import { mediaInputs, textInputs } from './spec/base.ts';
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
  const texts = new Map<string, Uint8Array>();
  const facts = new Map<string, MediaFacts>();
  for (const name of textInputs(spec)) {
    const because = `inputs.${name} cannot be read`;
    const found = await textOf(name, spec, prober).catch((error: unknown) => {
      if (REFUSALS.has(toAppError(error).code)) throw error;
      return passing(error, { because, signal });
    });
    if (typeof found === 'string') return { kind: 'unknown', because: found };
    if (found !== undefined) texts.set(name, found);
  }
  for (const name of mediaInputs(spec)) {
    const url = spec.inputs[name]?.url ?? '';
    const because = `inputs.${name} cannot be probed by its ends`;
    const found = await factsOf(name, url, prober).catch((error: unknown) => passing(error, { because, signal }));
    if (typeof found === 'string') return { kind: 'unknown', because: found };
    facts.set(name, found);
  }
  const fonts = await knownFonts(spec, prober.programs);
  return { kind: 'planned', plan: plan(spec, facts, prober.programs.ffmpeg.capabilities, { texts, fonts }) };
}

/** Returns why there is no plan. Throws a defect, and the signal's reason. */
function passing(error: unknown, { because, signal }: { because: string; signal: AbortSignal }): string {
  signal.throwIfAborted();
  const { code, message } = toAppError(error);
  if (code === 'INTERNAL_ERROR') throw error;
  return `${because}: ${message}`;
}

/** What subtitles are refused for by the job, too. */
const REFUSALS: ReadonlySet<string> = new Set(['UNSUPPORTED_FORMAT', 'LIMIT_EXCEEDED']);

/** Longer subtitles are read by the job alone: they would keep others waiting. */
const TEXT_BYTES = 64 << 10;

/** Returns subtitles; undefined when they are too long to be read here. Throws what would fail the job. */
async function textOf(name: string, spec: JobSpec, prober: EndsProber): Promise<Uint8Array | undefined> {
  const { format, bytes, extent } = await prober.see(name, spec.inputs[name]?.url ?? '');
  refuseText(spec, { name, bytes: bytes ?? 0, format });
  if (extent !== 'whole') return undefined;
  const text = await prober.bytes(name);
  return text.length > TEXT_BYTES ? undefined : text;
}

async function factsOf(name: string, url: string, prober: EndsProber): Promise<MediaFacts | string> {
  const { extent, bytes } = await prober.see(name, url);
  if (extent === 'beginning' && bytes === null) {
    return `the length of inputs.${name} is not known before it is read whole`;
  }
  const facts = await prober.facts(name);
  return STATING.test(facts.container) ? facts : `inputs.${name} does not state its length`;
}
