import { z } from 'zod';
import { isEncoding } from '#lib/jobs/subtitles/decode.ts';
import { SPEC_LIMITS } from './limits.ts';
import { FITS } from './vocabulary.ts';

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** A name that a request gives to an input or an output. */
export function name(field: string) {
  const error = `${field} must be 1 to 64 letters, digits, - or _, the first a letter`;
  return z.string({ error }).regex(NAME, { error });
}

/** A time in an input or in the timeline. */
export function seconds(field: string) {
  const error = `${field} must be between 0 and ${SPEC_LIMITS.seconds} seconds`;
  return z.number({ error }).min(0, { error }).max(SPEC_LIMITS.seconds, { error });
}

/** A factor of a sound's amplitude. */
export function factor(field: string) {
  const error = `${field} must be between 0 and ${SPEC_LIMITS.volume}`;
  return z.number({ error }).min(0, { error }).max(SPEC_LIMITS.volume, { error });
}

/** Width or height of a picture that is encoded. */
export function side(field: string) {
  const error = `${field} must be an even number of pixels between 16 and ${SPEC_LIMITS.side}`;
  return z.int({ error }).min(16, { error }).max(SPEC_LIMITS.side, { error }).multipleOf(2, { error });
}

const ENCODING_ERROR = 'encoding must be a name such as utf-8 or windows-1251';
/** The encoding of a text. */
export const ENCODING = z
  .string({ error: ENCODING_ERROR })
  .max(40, { error: ENCODING_ERROR })
  .refine(isEncoding, { error: ENCODING_ERROR })
  .meta({ description: 'Subtitles: their encoding, such as windows-1251; recognised by default.' });

const LANGUAGE_ERROR = 'language must be a code of ISO 639-2, three letters such as eng';
const LANGUAGES = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
export const LANGUAGE = z
  .string({ error: LANGUAGE_ERROR })
  .regex(/^[a-z]{3}$/, { error: LANGUAGE_ERROR })
  .refine((code) => LANGUAGES.of(code) !== undefined, { error: LANGUAGE_ERROR })
  .meta({ description: 'Subtitles: their language, ISO 639-2, such as eng.' });

/** A choice of names. */
export function choice<const Values extends readonly [string, ...string[]]>(field: string, values: Values) {
  return z.enum(values, { error: `${field} must be one of ${values.join(', ')}` });
}

/** A bitrate such as "2500k". */
export function bitrate(field: string, { min, max }: { readonly min: number; readonly max: number }) {
  const error = `${field} must be a whole number of kbit/s between ${min}k and ${max}k, such as "${min * 2}k"`;
  return z
    .string({ error })
    .regex(/^[1-9]\d{0,5}k$/, { error })
    .refine((text) => kilobits(text) >= min && kilobits(text) <= max, { error });
}

/** Returns the kbit/s of a bitrate. */
export function kilobits(text: string): number {
  return Number.parseInt(text, 10);
}

export const FIT = choice('fit', FITS).meta({
  description: 'contain: whole picture, with bars; cover: whole frame, edges are cut; stretch: the shape changes.',
});

const BACKGROUND_ERROR = 'background must be a colour such as "#1a2b3c", or "blur"';
export const BACKGROUND = z
  .string({ error: BACKGROUND_ERROR })
  .regex(/^(?:#[0-9a-fA-F]{6}|blur)$/, { error: BACKGROUND_ERROR })
  .meta({ description: 'Bars around a contained picture: a colour, or blur for the picture itself, blurred.' });

/** An object that has these fields only. The error for another one lists them. */
export function closed<Shape extends z.core.$ZodLooseShape>(what: string, shape: Shape) {
  const fields = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? `${what} has ${fields}` : `${what} must be an object`),
  });
}
