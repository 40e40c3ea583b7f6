import type { ShownText } from '#lib/jobs/plan/planned-layers.ts';
import { perSecond } from '#lib/jobs/plan/rates.ts';
import type { FrameRate, Position } from '#lib/jobs/spec/vocabulary.ts';
import { assText } from './escape.ts';

export type AssOptions = { readonly width: number; readonly height: number; readonly fps: FrameRate };

/** Height of a line, where the request names none, as a share of the picture. */
const FONT_SHARE = 1 / 15;

const ALIGNMENTS: Readonly<Record<Position, number>> = {
  ...{ 'bottom-left': 1, bottom: 2, 'bottom-right': 3, left: 4, center: 5, right: 6 },
  ...{ 'top-left': 7, top: 8, 'top-right': 9 },
};

/** Returns a file of ASS that shows texts on a picture of this size. */
export function writeAss(texts: readonly ShownText[], { width, height, fps }: AssOptions): string {
  const header = [
    ...['[Script Info]', 'ScriptType: v4.00+', `PlayResX: ${width}`, `PlayResY: ${height}`],
    ...['ScaledBorderAndShadow: yes', '[V4+ Styles]', STYLE_FORMAT],
  ];
  const styles = texts.map(({ style }, number) => {
    const size = style.fontSize ?? Math.round(height * FONT_SHARE);
    const color = `&H${style.color.slice(5, 7)}${style.color.slice(3, 5)}${style.color.slice(1, 3)}&`;
    return `Style: s${number},DejaVu Sans,${size},${color},&H000000&,${ALIGNMENTS[style.position]}`;
  });
  const events = texts.map(({ text, firstFrame, endFrame }, number) => {
    const [from, to] = [firstFrame, endFrame].map((frame) => assTime(frame, fps));
    return `Dialogue: ${from},${to},s${number},${assText(text)}`;
  });
  return `${[...header, ...styles, '[Events]', 'Format: Start, End, Style, Text', ...events].join('\n')}\n`;
}

const STYLE_FORMAT = 'Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, Alignment';

/** Returns the last hundredth of a second that is not after a frame: nearer to it than to the frame before. */
function assTime(frame: number, fps: FrameRate): string {
  const hundredths = Math.floor((frame * 100) / perSecond(fps) + 1e-6);
  const [hours, minutes] = [Math.floor(hundredths / 360_000), Math.floor(hundredths / 6_000) % 60];
  const padded = (value: number): string => String(value).padStart(2, '0');
  return `${hours}:${padded(minutes)}:${padded(Math.floor(hundredths / 100) % 60)}.${padded(hundredths % 100)}`;
}
