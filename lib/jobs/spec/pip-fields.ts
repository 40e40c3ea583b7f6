import { z } from 'zod';
import { closed } from './fields.ts';
import { SPEC_LIMITS } from './limits.ts';

function number(field: string, { min, max }: { readonly min: number; readonly max: number }) {
  const error = `${field} must be between ${min} and ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

/** Up to 1 a share of the picture, else pixels of the output. */
function length(field: string) {
  return number(field, { min: 0, max: SPEC_LIMITS.side });
}

/** Width or height of a picture in the picture. */
function size(field: string) {
  const error = `${field} must be above 0`;
  return length(field).positive({ error });
}

const COLOR_ERROR = 'color must be such as "#1a2b3c"';

const BORDER = closed('border', {
  width: length('width').default(0).meta({
    description:
      'Below 1 a share of the width of the picture, else pixels of the output; 0 by default. It lies in the size.',
  }),
  color: z
    .string({ error: COLOR_ERROR })
    .regex(/^#[0-9a-fA-F]{6}$/, { error: COLOR_ERROR })
    .default('#ffffff')
    .meta({ description: 'Colour, "#rrggbb"; white by default.' }),
  radius: length('radius').default(0).meta({
    description: 'Of the corners: below 1 a share of the shorter side, else pixels of the output; 0.5 makes an oval.',
  }),
});

/** Where and how a picture in the picture is shown. */
export const PIP_LOOK = {
  x: length('x').optional().meta({
    description: 'Left edge instead of position: up to 1 a share of the width, else pixels of the output; needs y.',
  }),
  y: length('y').optional().meta({ description: 'Top edge, in the same way; needs x.' }),
  width: size('width').optional().meta({
    description: 'Up to 1 a share of the width of the picture, else pixels of the output; 0.3 by default.',
  }),
  height: size('height').optional().meta({
    description: 'In the same way. Alone, the width follows from the shape; both are a frame that is filled.',
  }),
  margin: length('margin').optional().meta({
    description: 'Distance from the edges: below 1 a share of the width, else pixels of the output; 0.02 by default.',
  }),
  border: BORDER.optional().meta({ description: 'Border and rounded corners.' }),
  opacity: number('opacity', { min: 0, max: 1 }).default(1).meta({ description: '0 is invisible, 1 covers.' }),
} as const;

/** What happens where the input ends before the step. */
export const AT_ENDS = ['hide', 'hold', 'loop'] as const;

type Place = { readonly [Field in 'position' | 'x' | 'y' | 'margin']?: unknown };

/** Returns what is wrong with the place of a picture in the picture, each with its field. */
export function* pipOffences({ position, x, y, margin }: Place): Generator<[field: keyof Place, message: string]> {
  if (x === undefined && y === undefined) return;
  if (x === undefined) yield ['x', 'x is missing: x and y go together'];
  if (y === undefined) yield ['y', 'y is missing: x and y go together'];
  if (position !== undefined) yield ['position', 'position and x, y exclude each other'];
  if (margin !== undefined) yield ['margin', 'margin has no meaning with x and y'];
}
