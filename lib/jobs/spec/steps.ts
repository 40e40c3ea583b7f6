import { z } from 'zod';
import { BACKGROUND, closed, FIT, name, seconds, side } from './fields.ts';
import { SPEC_LIMITS } from './limits.ts';

const PART = closed('a part of an input', {
  input: name('input').meta({ description: 'Name of the input.' }),
  from: seconds('from').optional().meta({ description: "Start, in the input's own time; its beginning by default." }),
  to: seconds('to').optional().meta({ description: "End, in the input's own time; its end by default." }),
});

/** An input, whole or in part. */
const CLIP = z
  .union([name('input'), PART], {
    error: ({ input }) => (typeof input === 'object' ? undefined : 'an input is a name or {input, from, to}'),
  })
  .transform((clip) => (typeof clip === 'string' ? { input: clip } : clip))
  .meta({ description: 'Name of an input, or a part of it.' });
export type ClipSpec = z.output<typeof PART>;

const CLIPS_ERROR = `inputs must be a list of 1 to ${SPEC_LIMITS.clips} inputs`;

/** The operations. Each entry is a step's schema; one more here is one more operation. */
export const STEPS = {
  concat: closed('concat', {
    op: z.literal('concat').meta({ description: 'Joins inputs, one after the other.' }),
    inputs: z
      .array(CLIP, { error: CLIPS_ERROR })
      .min(1, { error: CLIPS_ERROR })
      .max(SPEC_LIMITS.clips, { error: CLIPS_ERROR })
      .meta({ description: 'Inputs or parts of them, in order. Sizes, rates and codecs may differ.' }),
  }),
  trim: closed('trim', {
    op: z.literal('trim').meta({ description: 'Keeps a part of the timeline.' }),
    from: seconds('from').optional().meta({ description: 'Start in the timeline, seconds; 0 by default.' }),
    to: seconds('to').optional().meta({ description: 'End in the timeline, seconds; its end by default.' }),
  }),
  scale: closed('scale', {
    op: z.literal('scale').meta({ description: 'Sets the size of the timeline.' }),
    width: side('width')
      .optional()
      .meta({ description: 'Width in pixels, even; follows from the shape of the picture if absent.' }),
    height: side('height').optional().meta({ description: 'Height in pixels, even; from the shape if absent.' }),
    fit: FIT.default('contain'),
    background: BACKGROUND.default('#000000'),
  }),
} as const;

export type StepName = keyof typeof STEPS;
export type StepOf<Op extends StepName> = z.output<(typeof STEPS)[Op]>;
export type Step = { readonly [Op in StepName]: StepOf<Op> }[StepName];

const OPS = Object.keys(STEPS).join(', ');

export const STEP = z.discriminatedUnion('op', [STEPS.concat, STEPS.trim, STEPS.scale], {
  error: ({ input }) =>
    typeof input === 'object' ? `op must be one of ${OPS}` : `a step is an object with op: ${OPS}`,
});

/** Returns the inputs that a step uses, each with its path in the step. */
export function clipsOf(step: Step): { readonly path: readonly PropertyKey[]; readonly clip: ClipSpec }[] {
  return step.op === 'concat' ? step.inputs.map((clip, index) => ({ path: ['inputs', index], clip })) : [];
}
