import { millisecondsOf } from './cue.ts';

const TIME = /^(\d{1,2}):(\d{1,2}):(\d{1,2})[.:](\d{1,3})$/;
/** The fields of the events of ASS and SSA, unless a Format line says otherwise. */
export const EVENT_FIELDS = [
  ...['layer', 'start', 'end', 'style', 'name'],
  ...['marginl', 'marginr', 'marginv', 'effect', 'text'],
];

/** Returns the names of the fields that a Format line lists. */
export function fieldsOf(format: string): string[] {
  return format.split(',').map((name) => name.trim().toLowerCase());
}

/** Returns the values of a line by the names of its fields. The last one, the text of an event, may contain commas. */
export function valuesOf(line: string, fields: readonly string[]): Readonly<Record<string, string>> {
  const parts = line.split(',');
  const values = parts.slice(0, fields.length - 1);
  return Object.fromEntries(
    [...values, parts.slice(fields.length - 1).join(',')].map((value, index) => [fields[index] ?? '', value]),
  );
}

/** Returns the milliseconds of a time such as `0:01:02.50`; undefined for another text. */
export function timeOf(text = ''): number | undefined {
  const [found, hours = '', minutes = '', seconds = '', fraction = ''] = TIME.exec(text.trim()) ?? [];
  return found === undefined ? undefined : millisecondsOf(hours, minutes, seconds, fraction);
}
