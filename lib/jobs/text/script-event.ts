import type { ScriptItem } from '#lib/jobs/plan/planned-layers.ts';
import { fadeTags } from './fade.ts';

/** Returns the text of an event of a file, for an event that begins at a time, ms, or only keeps its place. */
export function scriptText(item: ScriptItem, { startMs, isShown }: { startMs: number; isShown: boolean }): string {
  if (!isShown) return `{${UNSEEN}}${item.text.replace(ALPHA, '').replace(RESET, `$&${UNSEEN}`)}`;
  const fade = fadeTags(item, startMs);
  return fade === '' ? item.text : `{${fade}}${item.text}`;
}

const UNSEEN = '\\alpha&HFF&';
const ALPHA = /\\(?:alpha|[1-4]a)[&H0-9A-Fa-f]*/g;
const RESET = /\\r[^\\}]*/g;
