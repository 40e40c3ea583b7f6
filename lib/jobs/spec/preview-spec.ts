import { closed, seconds } from './fields.ts';
import type { OutputSpec } from './outputs.ts';
import { checkedSpec, JOB_FIELDS, type JobSpec } from './spec.ts';
import { FORMATS } from './vocabulary.ts';

/** The body of `POST /api/jobs/preview`: a job, whose outputs may be missing, and a time. */
export const PREVIEW_SPEC = closed('a preview', {
  ...JOB_FIELDS,
  at: seconds('at').default(0).meta({ description: 'Time of the frame in the timeline, seconds.' }),
})
  .transform(({ at, ...fields }, context) => ({ ...checkedSpec(fields, context), at }))
  .meta({ description: 'A video job, of which one frame is made.' });

export type PreviewSpec = JobSpec & { readonly at: number };

/** Returns the job with one more output, the last one: the frame, in the size of the first output with a picture. */
export function previewJob({ at, ...job }: PreviewSpec): JobSpec {
  const shown = job.outputs.find(({ format }) => FORMATS[format].kind !== 'sound');
  const { width, height, fit, background } = shown ?? {};
  const frame: OutputSpec = { name: 'preview', format: 'png', width, height, fit, background, at };
  return { ...job, outputs: [...job.outputs, frame] };
}
