import { EVENT_FIELDS, fieldsOf, timeOf, valuesOf } from './ass-lines.ts';
import type { CueCollector } from './cue.ts';

/** Reads the texts of the Dialogue lines of ASS or SSA. A text that is drawn twice, as for a shadow, counts once. */
export function parseAss(lines: readonly string[], { add, skip }: CueCollector): void {
  let isEvents = false;
  let fields = EVENT_FIELDS;
  const seen = new Set<string>();
  for (const raw of lines) {
    const line = raw.trim();
    if (line.startsWith('[')) isEvents = /^\[events\]$/i.test(line);
    if (!isEvents) continue;
    const [, kind = '', rest = ''] = /^(Format|Dialogue): ?(.*)$/i.exec(line) ?? [];
    if (kind.toLowerCase() === 'format') fields = fieldsOf(rest);
    if (kind.toLowerCase() !== 'dialogue') continue;
    const values = valuesOf(rest, fields);
    const [from, to] = [timeOf(values['start']), timeOf(values['end'])];
    const text = textOf(values['text'] ?? '');
    if (from === undefined || to === undefined) skip();
    else if (text.trim() !== '' && seen.size < seen.add(`${from} ${to} ${text}`).size) {
      add({ fromMs: from, toMs: to, text });
    }
  }
}

/** Returns a text without override tags and without drawings, which are numbers to a reader. */
function textOf(text: string): string {
  let isDrawing = false;
  const shown = text.split(/(\{[^{}]*\})/).map((part) => {
    if (!/^\{.*\}$/.test(part)) return isDrawing ? '' : part;
    const scale = /.*\\p(\d)/.exec(part)?.[1];
    if (scale !== undefined) isDrawing = scale !== '0';
    return '';
  });
  return shown
    .join('')
    .replace(/\\[Nn]/g, '\n')
    .replaceAll('\\h', '\u00a0');
}
