const FILTER_FIELDS: ReadonlySet<string> = new Set(['speed', 'pitch', 'eq_preset', 'equalizer', 'volume']);
const OTHER_NUMBERS = ['sample_rate', 'channels', 'start_at', 'duration', 'lead_seconds'];
const NUMBER_FIELDS: ReadonlySet<string> = new Set([...OTHER_NUMBERS, 'speed', 'pitch', 'volume']);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)$/;
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false };
const FILTER_PREFIX = 'filters.';

/**
 * The request of a flattened query (`GET /transcode?source_url=…&output_format=opus&speed=1.25`): filters stand beside
 * the other fields (or behind `filters.`), lists are separated by commas. What is no number, or neither true nor false,
 * stays text, for the schema to refuse.
 */
export function requestOfQuery(query: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const fields = Object.entries(query).map(([key, text = '']) => {
    const name = key.startsWith(FILTER_PREFIX) ? key.slice(FILTER_PREFIX.length) : key;
    return { name, isFilter: name !== key || FILTER_FIELDS.has(name), value: typed(name, text) };
  });
  const filters = objectOf(fields.filter(({ isFilter }) => isFilter));
  const others = fields.filter(({ isFilter }) => !isFilter);
  return objectOf(Object.keys(filters).length === 0 ? others : [...others, { name: 'filters', value: filters }]);
}

/** A field that is named twice, in whatever way, has both values, which no field takes. */
function objectOf(fields: readonly { name: string; value: unknown }[]): Record<string, unknown> {
  const values = Map.groupBy(fields, ({ name }) => name);
  return Object.fromEntries(
    [...values].map(([name, given]) => [name, given.length === 1 ? given[0]?.value : given.map(({ value }) => value)]),
  );
}

function typed(name: string, text: string): unknown {
  if (name === 'equalizer') return text.split(',').map(numberOrText);
  if (name === 'adjust') return text === '' ? [] : text.split(',');
  if (name === 'live') return BOOLEANS[text] ?? text;
  return NUMBER_FIELDS.has(name) ? numberOrText(text) : text;
}

function numberOrText(text: string): number | string {
  return NUMBER.test(text.trim()) ? Number(text) : text;
}
