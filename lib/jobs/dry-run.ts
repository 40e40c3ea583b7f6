import { z } from 'zod';
import { toAppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import { FAILURE, failureRecord } from '#lib/work/record.ts';
import type { Geometry, JobPlan, PlannedOutput } from './plan/job-plan.ts';
import { SAMPLE_RATE } from './plan/rates.ts';
import type { JobSpec } from './spec/spec.ts';
import { checkDestinations, type SubmitOptions } from './submit.ts';

const PLANNED_OUTPUT = z.strictObject({
  name: z.string().meta({ description: 'Name of the output.' }),
  format: z.string().meta({ description: 'Format of the output.' }),
  seconds: z.number().min(0).nullable().meta({ description: 'Length; null for a picture.' }),
  width: z.int().nullable().meta({ description: 'Width in pixels; null without a picture.' }),
  height: z.int().nullable().meta({ description: 'Height in pixels; null without a picture.' }),
});

const PLANNED_CLIP = z.strictObject({
  input: z.string().meta({ description: 'Name of the input.' }),
  from: z.number().min(0).meta({ description: 'Where the clip begins in its input, seconds.' }),
  to: z.number().min(0).meta({ description: 'Where it ends.' }),
});

/** What would be done, as far as the beginnings and ends of the inputs show. */
export const PLAN = z.strictObject({
  seconds: z.number().min(0).meta({ description: 'Length of the timeline.' }),
  frames: z.int().min(0).meta({ description: 'Frames of the timeline; 0 without a picture.' }),
  clips: z.array(PLANNED_CLIP).meta({ description: 'What is joined, in order.' }),
  outputs: z.array(PLANNED_OUTPUT).meta({ description: 'The files, in the order of the request.' }),
});

/** The response to `POST /api/jobs?dry_run=true`. */
export const DRY_RUN = z.strictObject({
  valid: z.boolean().meta({ description: 'Whether a job with this request would be queued.' }),
  error: FAILURE.nullable().meta({ description: 'The error that the same request would get; null when it is valid.' }),
  warnings: z.array(z.string()).meta({ description: 'What would differ from the request without failing the job.' }),
  plan: PLAN.nullable().meta({ description: 'What would be done; null if it is not known before the job runs.' }),
  plan_missing_because: z.string().nullable().meta({ description: 'Why there is no plan; null when there is one.' }),
});
export type DryRunReport = z.output<typeof DRY_RUN>;

/** A plan, or why there is none before the job runs. */
export type Planned =
  | { readonly kind: 'planned'; readonly plan: JobPlan }
  | { readonly kind: 'unknown'; readonly because: string };

export type DryRunOptions = Pick<SubmitOptions, 'checkSources' | 'checkCallback' | 'checkDestination'> & {
  /** Throws what would fail the job. */
  readonly plan: (spec: JobSpec, caller: Caller, signal: AbortSignal) => Promise<Planned>;
};

/** Checks a request without queuing a job. Throws errors that may pass, such as UNAVAILABLE. */
export type DryRun = (
  spec: JobSpec,
  request: { readonly caller: Caller; readonly signal?: AbortSignal | undefined },
) => Promise<DryRunReport>;

const NEVER = new AbortController().signal;

export function createDryRun(options: DryRunOptions): DryRun {
  const { checkSources, checkCallback, checkDestination, plan } = options;
  return async (spec, { caller, signal = NEVER }) => {
    try {
      if (spec.callback_url !== null) await checkCallback(spec.callback_url, caller);
      checkDestinations(spec, checkDestination);
      await checkSources(spec, caller, signal);
      return { valid: true, error: null, ...shownPlan(await plan(spec, caller, signal)) };
    } catch (thrown) {
      signal.throwIfAborted();
      const error = toAppError(thrown);
      if (error.recoverable || error.code === 'INTERNAL_ERROR') throw thrown;
      const because = 'the request is not valid';
      return { valid: false, error: failureRecord(error), warnings: [], plan: null, plan_missing_because: because };
    }
  };
}

function shownPlan(planned: Planned): Pick<DryRunReport, 'warnings' | 'plan' | 'plan_missing_because'> {
  if (planned.kind === 'unknown') return { warnings: [], plan: null, plan_missing_because: planned.because };
  const { warnings, seconds, frames, clips, outputs } = planned.plan;
  const plan = {
    ...{ seconds, frames },
    clips: clips.map(({ input, from, to }) => ({ input, from, to })),
    outputs: outputs.map(shownOutput),
  };
  return { warnings: [...warnings], plan, plan_missing_because: null };
}

function shownOutput(output: PlannedOutput): z.output<typeof PLANNED_OUTPUT> {
  const { name, format } = output;
  const { width, height } = largestPicture(output) ?? { width: null, height: null };
  return { name, format, seconds: secondsOf(output), width, height };
}

function largestPicture(output: PlannedOutput): Geometry | undefined {
  if (output.kind === 'package') return output.films[0]?.geometry;
  return output.kind === 'sound' ? undefined : output.geometry;
}

function secondsOf(output: PlannedOutput): number | null {
  if (output.kind === 'picture') return null;
  if (output.kind === 'package') {
    const [file] = [...output.films, ...(output.sound === null ? [] : [output.sound])];
    return file === undefined ? null : secondsOf(file);
  }
  if (output.kind === 'sound') return output.sound.samples / SAMPLE_RATE;
  return (output.frames * output.fps.den) / output.fps.num;
}
