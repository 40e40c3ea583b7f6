import { z } from 'zod';
import { BACKGROUND, choice, closed, ENCODING, FIT, factor, LANGUAGE, name, seconds, side } from './fields.ts';
import { SPEC_LIMITS } from './limits.ts';
import { AT_ENDS, PIP_LOOK } from './pip-fields.ts';
import { CUES, FADES, SUBTITLE_STYLE, TEXT, TEXT_STYLE_FIELDS } from './text-fields.ts';
import { POSITIONS } from './vocabulary.ts';

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

const USUAL_DUCK_DB = 12;
const MOST_DUCK_DB = 30;
const DUCK_ERROR = `duck must be between 0 and ${MOST_DUCK_DB} dB, or true for ${USUAL_DUCK_DB}`;

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
  audio: closed('audio', {
    op: z.literal('audio').meta({ description: 'Changes the sound of the timeline, not its length.' }),
    mode: choice('mode', ['replace', 'mix']).meta({
      description: 'replace: the sound of the input instead of what was heard before; mix: both together.',
    }),
    input: CLIP.meta({ description: 'Name of an input that has sound, or a part of it.' }),
    offset: seconds('offset').optional().meta({
      description: 'Where the input begins in the timeline, seconds; at from by default.',
    }),
    from: seconds('from').optional().meta({
      description: 'Start of the range of the timeline that the step changes, seconds; 0 by default.',
    }),
    to: seconds('to').optional().meta({ description: 'End of this range, seconds; that of the timeline by default.' }),
    volume: factor('volume').default(1).meta({
      description: 'Factor of the amplitude of the input: 1 leaves it, 0.5 halves it.',
    }),
    original_volume: factor('original_volume').optional().meta({
      description: 'mix: the same for what was heard before, in the range; 1 by default.',
    }),
    fade_in: seconds('fade_in').default(0).meta({
      description: 'Seconds in which the input becomes louder at the start of what is heard of it.',
    }),
    fade_out: seconds('fade_out').default(0).meta({ description: 'Seconds in which it becomes silent at the end.' }),
    loop: z
      .boolean({ error: 'loop must be true or false' })
      .default(false)
      .meta({ description: 'Whether the input begins again until the end of the range; else silence follows.' }),
    duck: z
      .union([z.boolean(), z.number().min(0, { error: DUCK_ERROR }).max(MOST_DUCK_DB, { error: DUCK_ERROR })], {
        error: DUCK_ERROR,
      })
      .transform((duck) => (typeof duck === 'number' ? duck : duck ? USUAL_DUCK_DB : 0))
      .optional()
      .meta({
        description: `mix: dB by which the input is lowered while a voice is heard in what was there before, 0–${MOST_DUCK_DB}; true is ${USUAL_DUCK_DB}.`,
      }),
  }),
  text: closed('text', {
    op: z.literal('text').meta({ description: 'Writes on the picture.' }),
    text: TEXT,
    ...TEXT_STYLE_FIELDS,
    from: seconds('from').optional().meta({ description: 'When it appears in the timeline, seconds; 0 by default.' }),
    to: seconds('to').optional().meta({ description: 'When it disappears; the end by default.' }),
    ...FADES,
  }),
  pip: closed('pip', {
    op: z.literal('pip').meta({ description: 'Shows a picture in the picture: a film, or a still picture.' }),
    input: CLIP.meta({ description: 'Name of an input that has a picture, or a part of it.' }),
    position: choice('position', POSITIONS).optional().meta({ description: 'Where it lies; top-right by default.' }),
    ...PIP_LOOK,
    from: seconds('from')
      .optional()
      .meta({ description: 'When it appears in the timeline, seconds; 0 by default. Its input then begins.' }),
    to: seconds('to').optional().meta({ description: 'When it disappears; the end by default, or see at_end.' }),
    volume: factor('volume').default(0).meta({
      description:
        'Factor of the amplitude of its sound, which is mixed with the other; 0 by default: it is not heard.',
    }),
    at_end: choice('at_end', AT_ENDS).default('hide').meta({
      description: 'Where the input ends before the step: hide it, hold its last frame, or loop it.',
    }),
  }),
  subtitles: closed('subtitles', {
    op: z.literal('subtitles').meta({ description: 'Adds subtitles to films, or writes them on the picture.' }),
    mode: choice('mode', ['embed', 'burn']).meta({
      description: 'embed: a stream of its own, which a player shows or hides. burn: a part of the picture.',
    }),
    input: name('input').optional().meta({ description: 'Name of an input that is SRT, WebVTT, ASS or SSA.' }),
    cues: CUES.optional(),
    language: LANGUAGE.optional(),
    default: z
      .boolean({ error: 'default must be true or false' })
      .default(false)
      .meta({ description: 'embed: whether players show this stream without being asked.' }),
    encoding: ENCODING.optional(),
    style: SUBTITLE_STYLE.optional(),
  }),
} as const;

export type StepName = keyof typeof STEPS;
export type StepOf<Op extends StepName> = z.output<(typeof STEPS)[Op]>;
export type Step = { readonly [Op in StepName]: StepOf<Op> }[StepName];

const OPS = Object.keys(STEPS).join(', ');

export const STEP = z.discriminatedUnion(
  'op',
  [STEPS.concat, STEPS.trim, STEPS.scale, STEPS.audio, STEPS.text, STEPS.pip, STEPS.subtitles],
  {
    error: ({ input }) =>
      typeof input === 'object' ? `op must be one of ${OPS}` : `a step is an object with op: ${OPS}`,
  },
);

type UsedClip = { readonly path: readonly PropertyKey[]; readonly clip: ClipSpec };

/** Returns the inputs that a step uses, each with its path in the step. */
export function clipsOf(step: Step): readonly UsedClip[] {
  if (step.op === 'concat') return step.inputs.map((clip, index) => ({ path: ['inputs', index], clip }));
  return addedTo(step);
}

/** Returns the input that a step adds to the timeline as sound, as text or over the picture. */
export function addedTo(step: Step): readonly UsedClip[] {
  if (step.op === 'audio' || step.op === 'pip') return [{ path: ['input'], clip: step.input }];
  const text = step.op === 'subtitles' ? step.input : undefined;
  return text === undefined ? [] : [{ path: ['input'], clip: { input: text } }];
}
