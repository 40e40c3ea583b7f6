import { z } from 'zod';
import { toAppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import { FAILURE, failureRecord } from '#lib/work/record.ts';
import type { JobPlan, PlannedOutput } from './plan/job-plan.ts';
import type { PlannedClip } from './plan/planned-clip.ts';
import { SAMPLE_RATE } from './plan/rates.ts';
import { STREAM_TREATMENT } from './record.ts';
import type { JobSpec } from './spec/spec.ts';
import { TRANSITIONS } from './spec/vocabulary.ts';
import { checkDestinations, type SubmitOptions } from './submit.ts';
import { treatmentOf } from './treatment.ts';

const PLANNED_OUTPUT = z.strictObject({
  name: z.string().meta({ description: 'Name of the output.' }),
  format: z.string().meta({ description: 'Format of the output.' }),
  seconds: z.number().min(0).nullable().meta({ description: 'Length; null for a picture.' }),
  width: z.int().nullable().meta({ description: 'Width in pixels; null without a picture.' }),
  height: z.int().nullable().meta({ description: 'Height in pixels; null without a picture.' }),
  video: STREAM_TREATMENT.meta({
    description: 'Whether the picture is copied; null without one, or if not known yet.',
  }),
  audio: STREAM_TREATMENT.meta({ description: 'Whether the sound is copied; null without sound.' }),
  not_copied_because: z.string().nullable().meta({ description: 'Why a stream is encoded; null otherwise.' }),
});

const CLIP_INPUT = z.string().meta({ description: 'Name of the input.' });
const CLIP_FROM = z.number().min(0).meta({ description: 'Where the clip begins in its input, seconds.' });

const PLANNED_CLIP = z.strictObject({
  ...{ input: CLIP_INPUT, from: CLIP_FROM },
  to: z.number().min(0).meta({ description: 'Where it ends.' }),
  at: z.number().min(0).meta({ description: 'Where it begins on the timeline, seconds.' }),
  transition: z
    .strictObject({
      type: z.enum(TRANSITIONS).meta({ description: 'How the picture changes.' }),
      ...{ input: CLIP_INPUT, from: CLIP_FROM },
    })
    .nullable()
    .meta({ description: 'What the clip changes to during its time; null when it is shown alone.' }),
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
    clips: clips.map(shownClip),
    outputs: outputs.map(shownOutput),
  };
  return { warnings: [...warnings], plan, plan_missing_because: null };
}

function shownClip({ input, from, to, firstSample, transition }: PlannedClip): z.output<typeof PLANNED_CLIP> {
  const change = transition && { type: transition.type, input: transition.after.input, from: transition.after.from };
  return { input, from, to, at: firstSample / SAMPLE_RATE, transition: change };
}

function shownOutput(output: PlannedOutput): z.output<typeof PLANNED_OUTPUT> {
  const { name, format } = output;
  const { width, height } = sizeOf(output);
  return { name, format, seconds: secondsOf(output), width, height, ...treatmentOf(output) };
}

function sizeOf(output: PlannedOutput): Size {
  if (output.kind === 'sound') return NO_SIZE;
  if (output.kind === 'copy') return output.picture ?? NO_SIZE;
  return (output.kind === 'package' ? output.films[0]?.geometry : output.geometry) ?? NO_SIZE;
}

type Size = { readonly width: number | null; readonly height: number | null };
const NO_SIZE: Size = { width: null, height: null };

function secondsOf(output: PlannedOutput): number | null {
  if (output.kind === 'picture') return null;
  if (output.kind === 'copy') return output.seconds;
  if (output.kind === 'package') {
    const [file] = [...output.films, ...(output.sound === null ? [] : [output.sound])];
    return file === undefined ? null : secondsOf(file);
  }
  if (output.kind === 'sound') return output.sound.samples / SAMPLE_RATE;
  return (output.frames * output.fps.den) / output.fps.num;
}
