import { AppError } from '#lib/errors.ts';
import type { AssScript, ScriptItem } from '#lib/jobs/plan/planned-layers.ts';
import type { Place } from '#lib/jobs/plan/refusal.ts';
import type { Row } from '#lib/jobs/plan/stacking.ts';
import { assEvents, assSections } from '#lib/jobs/subtitles/ass-sections.ts';
import { refuseCrowd } from '#lib/jobs/subtitles/crowd.ts';
import { refuseSizes, refuseStyles } from './script-limits.ts';

export type ScriptEvent = ScriptItem & { readonly row: Row };
export type ReadScript = { readonly head: AssScript; readonly events: readonly ScriptEvent[] };

/** What players take for a picture whose size a file does not name. */
const USUAL_SIZE = { width: 384, height: 288 };

/**
 * Reads a file of ASS or SSA, to be drawn with its own styles. Of its sections, only the head, the styles and the events
 * are used: no fonts and no graphics. Throws LIMIT_EXCEEDED for what would take too much memory or time.
 */
export function readScript(text: string, place: Place): ReadScript {
  try {
    return scriptOf(text);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, details } = error;
    throw new AppError(code, { ...place, phase: 'probing', ...details }, { cause: error, message });
  }
}

function scriptOf(text: string): ReadScript {
  const { info, styles, title, events } = assSections(text.split(/\r\n?|\n/));
  const size = sizeOf(info);
  const head: AssScript = {
    ...{ ...size, title, styles },
    scalesEdges: /^yes$/i.test(info.get('scaledborderandshadow') ?? ''),
    isBt709: /709/.test(info.get('ycbcr matrix') ?? ''),
    wrapStyle: Number(/^[0-3]$/.exec(info.get('wrapstyle') ?? '')?.[0] ?? 0),
  };
  const known = refuseStyles(head);
  const found = assEvents(events).map((event) => {
    const { fadeInMs, fadeOutMs, text: plain } = withoutFade(event.text);
    const isMoving = event.effect !== '' || MOVING.test(plain);
    const tagged = /\\an?(\d+)/.exec(plain);
    const alignment = tagged === null ? (known.get(event.style)?.row ?? 'bottom') : rowOf(tagged[0], Number(tagged[1]));
    return { ...event, kind: 'scripted' as const, text: plain, fadeInMs, fadeOutMs, isMoving, row: alignment };
  });
  refuseCrowd(found);
  refuseSizes(found, { head, styles: known });
  return { head, events: found };
}

function sizeOf(info: ReadonlyMap<string, string>): { width: number; height: number } {
  const [width, height] = ['playresx', 'playresy'].map((name) => {
    const value = Number.parseInt(info.get(name) ?? '', 10);
    return value >= SMALLEST && value <= LARGEST ? value : undefined;
  });
  if (width !== undefined && height !== undefined) return { width, height };
  if (height !== undefined) return { width: Math.round((height * 4) / 3), height };
  return width === undefined ? USUAL_SIZE : { width, height: Math.round((width * 3) / 4) };
}

const SMALLEST = 16;
const LARGEST = 16_384;

/** What changes with the time since an event began, or has a place of its own. */
const MOVING = /\\(?:t\(|move|pos|org|k|K|fade\()/;

/** Takes a simple fade out of a text: it is the only change in time that lasts when an event is divided. */
function withoutFade(text: string): { fadeInMs: number; fadeOutMs: number; text: string } {
  const fade = /\\fad\(\s*(\d{1,6})\s*,\s*(\d{1,6})\s*\)/.exec(text);
  if (fade === null || MOVING.test(text)) return { fadeInMs: 0, fadeOutMs: 0, text };
  return { fadeInMs: Number(fade[1]), fadeOutMs: Number(fade[2]), text: text.replace(fade[0], '') };
}

/** Returns the row of a tag such as `\an8`, or of the old `\a6`. */
function rowOf(tag: string, value: number): Row {
  if (tag.startsWith('\\an')) return value >= 7 ? 'top' : value >= 4 ? 'middle' : 'bottom';
  return value >= 9 ? 'middle' : value >= 5 ? 'top' : 'bottom';
}
