import { PLACE_OPTIONS, type StepOptions } from './step-options.ts';

const TEXT = { type: 'string', takes: 'text' } as const;
const NUMBER = { type: 'string', value: 'N', takes: 'number' } as const;
const COLOUR = { ...TEXT, value: 'COLOUR' } as const;

/** Options of how a text looks; those of burned subtitles are the same. */
export const TEXT_LOOK_OPTIONS = {
  font: { ...TEXT, value: 'NAME', field: 'font', help: 'a family that the service has (default DejaVu Sans)' },
  'font-size': {
    ...{ ...NUMBER, field: 'font_size' },
    help: 'height of a line: up to 1 a share of the height of the picture, else pixels (default 1/15)',
  },
  color: { ...COLOUR, field: 'color', help: 'of the letters: "#rrggbb", or "#rrggbbaa" with opacity (default white)' },
  ...PLACE_OPTIONS,
  align: { ...TEXT, value: 'NAME', field: 'align', help: 'left, center or right (default: as --position)' },
  'max-width': {
    ...{ ...NUMBER, field: 'max_width' },
    help: 'where lines are wrapped: up to 1 a share of the width, else pixels (default: between the margins)',
  },
  'line-spacing': { ...NUMBER, field: 'line_spacing', help: 'pixels between lines (default 0)' },
  direction: { ...TEXT, value: 'NAME', field: 'direction', help: 'auto (default), rtl or ltr' },
  'outline-width': { ...NUMBER, field: 'outline.width', help: 'of the line around the letters, pixels; 0 for none' },
  'outline-color': { ...COLOUR, field: 'outline.color', help: 'with --outline-width (default black)' },
  'shadow-x': { ...NUMBER, field: 'shadow.x', help: 'a shadow, pixels to the right (default: none)' },
  'shadow-y': { ...NUMBER, field: 'shadow.y', help: 'a shadow, pixels downwards (default: none)' },
  'shadow-color': { ...COLOUR, field: 'shadow.color', help: 'of the shadow (default "#00000080")' },
  'box-color': { ...COLOUR, field: 'box.color', help: 'a box under the text (default: none)' },
  'box-padding': { ...NUMBER, field: 'box.padding', help: 'a box under the text, pixels around it (default: none)' },
} as const satisfies StepOptions;
