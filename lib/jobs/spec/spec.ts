import { z } from 'zod';
import { closed, ENCODING, LANGUAGE, name, seconds } from './fields.ts';
import { SPEC_LIMITS } from './limits.ts';
import { OUTPUT, type OutputSpec } from './outputs.ts';
import { offencesOf } from './rules.ts';
import { STEP } from './steps.ts';

const URL_ERROR = `url must be a URL of at most ${SPEC_LIMITS.url} characters`;
const SOURCE = z
  .string({ error: URL_ERROR })
  .min(1, { error: URL_ERROR })
  .max(SPEC_LIMITS.url, { error: URL_ERROR })
  .meta({ description: 'URL of the input: http, https or s3://bucket/key.' });

const INPUT = z
  .union(
    [
      SOURCE,
      closed('an input', {
        url: SOURCE,
        seconds: seconds('seconds')
          .positive({ error: 'seconds must be above 0' })
          .optional()
          .meta({ description: 'Pictures only: seconds for which it is shown, 5 by default.' }),
        encoding: ENCODING.optional(),
        language: LANGUAGE.optional(),
      }),
    ],
    { error: ({ input }) => (typeof input === 'object' ? undefined : 'an input is a URL or {url, …}') },
  )
  .transform((input) => (typeof input === 'string' ? { url: input } : input));

const INPUTS_ERROR = `inputs must be an object of 1 to ${SPEC_LIMITS.inputs} inputs`;
const STEPS_ERROR = `steps must be a list of at most ${SPEC_LIMITS.steps} steps`;
const OUTPUTS_ERROR = `outputs must be a list of 1 to ${SPEC_LIMITS.outputs} outputs`;
const METADATA_ERROR = `metadata must be an object of at most ${SPEC_LIMITS.metadataBytes} bytes as JSON`;
const CALLBACK_ERROR = `callback_url must be an https or http URL of at most ${SPEC_LIMITS.callbackUrl} characters`;
const DAYS_ERROR = 'expires_in_days must be a whole number between 1 and 30';
const PRIORITY_ERROR = 'priority must be a whole number between 1 and 10';

/** The fields of a request. */
export const JOB_FIELDS = {
  inputs: z
    .record(name('the name of an input'), INPUT, { error: INPUTS_ERROR })
    .refine((inputs) => isBetween(Object.keys(inputs).length, 1, SPEC_LIMITS.inputs), { error: INPUTS_ERROR })
    .meta({
      description:
        'Each name with its URL, or with an object that has the URL. Videos, sounds, pictures and subtitles.',
    }),
  base: name('base').optional().meta({
    description:
      'The input that gives size and frame rate: by default the first of concat, or the only input that no audio, pip or subtitles step adds.',
  }),
  steps: z
    .array(STEP, { error: STEPS_ERROR })
    .max(SPEC_LIMITS.steps, { error: STEPS_ERROR })
    .default([])
    .meta({ description: 'What is done, in order. Times count in the timeline, as the earlier steps have made it.' }),
  outputs: z
    .array(OUTPUT, { error: OUTPUTS_ERROR })
    .min(1, { error: OUTPUTS_ERROR })
    .max(SPEC_LIMITS.outputs, { error: OUTPUTS_ERROR })
    .optional()
    .meta({ description: 'The files to make.' }),
  output: OUTPUT.optional().meta({ description: 'One output, instead of the list outputs.' }),
  priority: z
    .int({ error: PRIORITY_ERROR })
    .min(1, { error: PRIORITY_ERROR })
    .max(10, { error: PRIORITY_ERROR })
    .default(5)
    .meta({ description: 'A lower number runs first: 1–3 urgent, 4–7 normal, 8–10 low.' }),
  metadata: z
    .record(z.string(), z.unknown(), { error: METADATA_ERROR })
    .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= SPEC_LIMITS.metadataBytes, { error: METADATA_ERROR })
    .nullable()
    .default(null)
    .meta({ description: 'Any JSON object; responses and callbacks repeat it.' }),
  callback_url: z
    .string({ error: CALLBACK_ERROR })
    .max(SPEC_LIMITS.callbackUrl, { error: CALLBACK_ERROR })
    .refine(isHttpUrl, { error: CALLBACK_ERROR })
    .nullable()
    .default(null)
    .meta({ description: 'URL that is called when the job ends.' }),
  expires_in_days: z
    .int({ error: DAYS_ERROR })
    .min(1, { error: DAYS_ERROR })
    .max(30, { error: DAYS_ERROR })
    .optional()
    .meta({ description: 'Days until the files are deleted; 7 by default, or what JOB_RESULT_DAYS sets.' }),
  on_damage: z
    .enum(['fail', 'keep'], { error: 'on_damage must be one of fail, keep' })
    .default('fail')
    .meta({ description: 'With a damaged input: fail the job, or keep what can be read, with a warning.' }),
  cache: z
    .boolean({ error: 'cache must be true or false' })
    .default(true)
    .meta({ description: 'Whether an earlier result of the same request and the same sources may be used.' }),
} as const;

const FIELDS = closed('a job', JOB_FIELDS);

/** The body of `POST /api/jobs`. */
export const JOB_SPEC = FIELDS.transform((fields, context) => {
  const { output, outputs } = fields;
  return output === undefined && outputs === undefined ? refuseOutputs(context) : checkedSpec(fields, context);
}).meta({ description: 'A video job.' });

/** A checked request, with its defaults. */
export type JobSpec = Omit<Fields, 'output' | 'outputs'> & { readonly outputs: OutputSpec[] };

type Fields = z.output<typeof FIELDS>;
type Context = z.core.$RefinementCtx;

/** Returns the request with its outputs as a list, which may be empty, and adds to the context what is wrong with it. */
export function checkedSpec({ output, outputs = [], ...rest }: Fields, context: Context): JobSpec {
  if (output !== undefined && outputs.length > 0) return refuseOutputs(context);
  const spec = { ...rest, outputs: (output === undefined ? outputs : [output]).map(named) };
  for (const { path, message } of offencesOf(spec)) {
    const [first, , ...inner] = path;
    const shown = first === 'outputs' && output !== undefined ? ['output', ...inner] : [...path];
    context.issues.push({ code: 'custom', path: shown, input: rest, message });
  }
  return spec;
}

function refuseOutputs(context: Context): never {
  const message = 'give outputs, a list of 1 to 4 outputs, or output';
  context.issues.push({ code: 'custom', path: ['outputs'], input: undefined, message });
  return z.NEVER;
}

function named(output: z.output<typeof OUTPUT>, index: number): OutputSpec {
  return { ...output, name: output.name ?? `output-${index + 1}` };
}

function isBetween(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
