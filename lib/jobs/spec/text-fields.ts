import { z } from 'zod';
import { choice, closed, seconds } from './fields.ts';
import { SPEC_LIMITS } from './limits.ts';
import { POSITIONS } from './vocabulary.ts';

const TEXT_ERROR = `text must be 1 to ${SPEC_LIMITS.text} characters`;
/** A text that is shown as it is. */
export const TEXT = z
  .string({ error: TEXT_ERROR })
  .min(1, { error: TEXT_ERROR })
  .max(SPEC_LIMITS.text, { error: TEXT_ERROR })
  .refine((text) => text.trim() !== '', { error: TEXT_ERROR })
  .meta({ description: 'The text, as it is: it may have several lines, and no character of it has a meaning.' });

function number(field: string, { min, max, unit = 'pixels' }: { min: number; max: number; unit?: string }) {
  const error = `${field} must be between ${min} and ${max} ${unit}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

/** A size: up to 1 a share of the picture, above it pixels. */
function size(field: string, min: number) {
  const error = `${field} must be between ${min} and ${SPEC_LIMITS.side}: a share of the picture up to 1, else pixels`;
  return z.number({ error }).min(min, { error }).max(SPEC_LIMITS.side, { error });
}

function color(field: string) {
  const error = `${field} must be such as "#1a2b3c", or "#1a2b3c80" with opacity`;
  return z
    .string({ error })
    .regex(/^#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$/, { error })
    .meta({ description: 'Colour: "#rrggbb", or "#rrggbbaa" with the opacity aa.' });
}

const FONT_ERROR = 'font must be the name of a family: 1 to 64 letters, digits, spaces, - . _ or +';

/** How texts and burned subtitles look. */
export const TEXT_STYLE_FIELDS = {
  font: z
    .string({ error: FONT_ERROR })
    .regex(/^[0-9A-Za-z\u00c0-\uffef][0-9A-Za-z\u00c0-\uffef ._+-]{0,63}$/, { error: FONT_ERROR })
    .optional()
    .meta({ description: 'A family of GET /api/fonts; DejaVu Sans by default. Other fonts add glyphs that it lacks.' }),
  font_size: size('font_size', 0.005).optional().meta({
    description: 'Height of a line: a share of the height of the picture, or pixels above 1; 1/15 by default.',
  }),
  color: color('color').optional().meta({ description: 'Colour of the text; "#ffffff" by default.' }),
  outline: closed('outline', {
    width: number('width', { min: 0, max: 100 }).meta({ description: 'Width in pixels.' }),
    color: color('color').default('#000000'),
  })
    .optional()
    .meta({ description: 'Line around the letters; without outline and box it is black, 1/20 of font_size wide.' }),
  shadow: closed('shadow', {
    x: number('x', { min: -200, max: 200 }).default(2).meta({ description: 'Pixels to the right.' }),
    y: number('y', { min: -200, max: 200 }).default(2).meta({ description: 'Pixels downwards.' }),
    color: color('color').default('#00000080'),
  })
    .optional()
    .meta({ description: 'Shadow of the letters; none by default.' }),
  box: closed('box', {
    color: color('color').default('#00000080'),
    padding: number('padding', { min: 0, max: 500 }).default(10).meta({ description: 'Pixels around the text.' }),
  })
    .optional()
    .meta({ description: 'Box under the text; none by default.' }),
  position: choice('position', POSITIONS).optional().meta({
    description:
      'Where the text lies; bottom by default. Texts and subtitles without x and y make room for each other.',
  }),
  x: size('x', 0)
    .optional()
    .meta({ description: 'With y, instead of position: left end of the text, or what align says.' }),
  y: size('y', 0).optional().meta({ description: 'With x, instead of position: top of the text.' }),
  margin: size('margin', 0).optional().meta({
    description: 'Distance from the edges: a share of the shorter side, or pixels above 1; 1/20 by default.',
  }),
  align: choice('align', ['left', 'center', 'right']).optional().meta({
    description: 'Where lines lie in the width of max_width; by default as position says.',
  }),
  max_width: size('max_width', 0.01).optional().meta({
    description:
      'Where lines are wrapped: a share of the width, or pixels above 1; all between the margins by default.',
  }),
  line_spacing: number('line_spacing', { min: 0, max: 500 }).optional().meta({
    description: 'Pixels between lines, added to those of the font; 0 by default.',
  }),
  direction: choice('direction', ['auto', 'rtl', 'ltr']).optional().meta({
    description: 'Direction of writing; auto takes that of the first letter.',
  }),
} as const;

const STYLE = closed('style', TEXT_STYLE_FIELDS);
export type StyleSpec = z.output<typeof STYLE>;
/** The look of subtitles. */
export const SUBTITLE_STYLE = STYLE.meta({ description: 'burn: how they look, with the fields of text.' });

const CUES_ERROR = `cues must be a list of 1 to ${SPEC_LIMITS.cues} cues`;
/** Subtitles in the request itself. */
export const CUES = z
  .array(
    closed('a cue', {
      from: seconds('from').meta({ description: 'When it appears in the timeline, seconds.' }),
      to: seconds('to').meta({ description: 'When it disappears.' }),
      text: TEXT,
    }),
    { error: CUES_ERROR },
  )
  .min(1, { error: CUES_ERROR })
  .max(SPEC_LIMITS.cues, { error: CUES_ERROR })
  .meta({ description: 'The subtitles themselves, instead of input.' });

const FADE = seconds('fade').max(60, { error: 'a fade must be between 0 and 60 seconds' });
export const FADES = {
  fade_in: FADE.default(0).meta({ description: 'Seconds in which it appears.' }),
  fade_out: FADE.default(0).meta({ description: 'Seconds in which it disappears.' }),
} as const;
