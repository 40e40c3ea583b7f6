import { z } from 'zod';
import { SPEC_LIMITS } from './limits.ts';

const TEXT_ERROR = `text must be 1 to ${SPEC_LIMITS.text} characters`;
export const TEXT = z
  .string({ error: TEXT_ERROR })
  .min(1, { error: TEXT_ERROR })
  .max(SPEC_LIMITS.text, { error: TEXT_ERROR })
  .meta({ description: 'The text, as it is: it may have several lines, and no character of it has a meaning.' });

const FONT_SIZE_ERROR = 'font_size must be between 4 and 1000 pixels';
export const FONT_SIZE = z
  .number({ error: FONT_SIZE_ERROR })
  .min(4, { error: FONT_SIZE_ERROR })
  .max(1_000, { error: FONT_SIZE_ERROR })
  .meta({ description: 'Height of a line in pixels of the output; 1/15 of the height of the picture by default.' });

const COLOR_ERROR = 'color must be such as "#1a2b3c", or "#1a2b3c80" with opacity';
export const COLOR = z
  .string({ error: COLOR_ERROR })
  .regex(/^#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$/, { error: COLOR_ERROR })
  .meta({ description: 'Colour, "#rrggbb" or "#rrggbbaa".' });
