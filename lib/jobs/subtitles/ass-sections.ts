import { EVENT_FIELDS, fieldsOf, timeOf, valuesOf } from './ass-lines.ts';

/** The sections of a file of ASS or SSA that say how it looks. */
export type AssSections = {
  /** Names in lower case. */
  readonly info: ReadonlyMap<string, string>;
  /** The title of the section of styles, which differs between ASS and SSA. */
  readonly title: string;
  readonly styles: readonly string[];
  readonly events: readonly string[];
};

/** Returns the sections of a file; fonts and graphics in it are ignored. */
export function assSections(lines: readonly string[]): AssSections {
  const info = new Map<string, string>();
  const styles: string[] = [];
  const events: string[] = [];
  let [section, title] = ['', '[V4+ Styles]'];
  for (const raw of lines) {
    const line = raw.replace(CONTROLS, '').trim();
    if (/^\[[^\]]*\]$/.test(line)) {
      section = line.toLowerCase();
      if (section === '[v4 styles]') title = '[V4 Styles]';
      continue;
    }
    const [, name = '', value = ''] = /^([\w ]+): *(.*)$/.exec(line) ?? [];
    if (section === '[script info]' && name !== '') info.set(name.trim().toLowerCase(), value);
    if (/^\[v4\+? styles\+?\]$/.test(section) && /^(?:format|style)$/i.test(name)) styles.push(line);
    if (section === '[events]') events.push(line);
  }
  return { info, title, styles, events };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are removed
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f\ufeff]/g;

export type AssEvent = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly style: string;
  readonly margins: readonly [left: number, right: number, vertical: number];
  readonly effect: string;
  readonly text: string;
};

/** Returns the events that are shown, in the order in which they are drawn: those of a lower layer first. */
export function assEvents(lines: readonly string[]): AssEvent[] {
  let fields = EVENT_FIELDS;
  const events: { layer: number; event: AssEvent }[] = [];
  for (const line of lines) {
    const [, kind = '', rest = ''] = /^(Format|Dialogue): ?(.*)$/i.exec(line) ?? [];
    if (kind.toLowerCase() === 'format') fields = fieldsOf(rest);
    if (kind.toLowerCase() !== 'dialogue') continue;
    const values = valuesOf(rest, fields);
    const [fromMs, toMs] = [timeOf(values['start']), timeOf(values['end'])];
    const { text = '', style = '', effect = '' } = values;
    if (fromMs === undefined || toMs === undefined || toMs <= fromMs || text === '') continue;
    const margin = (name: string): number => Math.min(Number.parseInt(values[name] ?? '', 10) || 0, MOST_MARGIN);
    const margins = [margin('marginl'), margin('marginr'), margin('marginv')] as const;
    const layer = Number.parseInt(values['layer'] ?? '', 10) || 0;
    const event = { fromMs, toMs, style: style.trim().replace(/^\*+/, ''), margins, effect: effect.trim(), text };
    events.push({ layer, event });
  }
  return events.sort((one, other) => one.layer - other.layer).map(({ event }) => event);
}

const MOST_MARGIN = 16_384;
