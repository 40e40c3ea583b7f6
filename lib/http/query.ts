import { z } from 'zod';
import { AppError } from '#lib/errors.ts';

/** The part of a JSON schema that is used here. */
type Field = {
  readonly type?: string;
  readonly description?: string;
  readonly items?: Field;
  readonly properties?: Fields;
  readonly required?: readonly string[];
};
type Fields = Readonly<Record<string, Field>>;
type Query = Readonly<Record<string, string | undefined>>;

/** Most fields of a query, and most entries of a list in it. */
const MOST_FIELDS = 100;
const MOST_ENTRIES = 1_024;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)$/;
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

export type QueryField = {
  readonly name: string;
  readonly parent?: string;
  readonly required: boolean;
  readonly schema: Field;
};

/** Returns the fields of a query. The fields of an object come last, with the object's name as `parent`. */
export function queryFields(schema: z.ZodType): QueryField[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' }) as Field;
  const { own = [], objects = [] } = Object.groupBy(Object.entries(properties), ([, { type }]) =>
    type === 'object' ? 'objects' : 'own',
  );
  return [
    ...own.map(([name, schema]) => ({ name, required: required.includes(name), schema })),
    ...objects.flatMap(([parent, object]) =>
      Object.entries(object.properties ?? {}).map(([name, schema]) => ({ name, parent, required: false, schema })),
    ),
  ];
}

/**
 * Returns a function that reads the value of a schema from a query (`?source_url=…&speed=1.25`). The fields of an
 * object are written like the others, or with the object's name as a prefix (`filters.speed`). Commas separate the
 * entries of a list. Text that is not a number, or not true or false, stays text, and the schema refuses it.
 */
export function queryReader(schema: z.ZodType): (query: Query) => Record<string, unknown> {
  let fields: QueryField[] | undefined;
  return (query) => {
    fields ??= queryFields(schema);
    return read(query, fields);
  };
}

function tooManyFields(): AppError {
  const message = `the query has more than ${MOST_FIELDS} fields`;
  return new AppError('VALIDATION_ERROR', { errors: [] }, { message });
}

function read(query: Query, fields: readonly QueryField[]): Record<string, unknown> {
  const parents = new Set(fields.flatMap(({ parent = [] }) => parent));
  const all = Object.entries(query);
  if (all.length > MOST_FIELDS) throw tooManyFields();
  const given = all.map(([key, text = '']) => {
    const [prefix = '', ...rest] = key.split('.');
    const isPrefixed = rest.length > 0 && parents.has(prefix);
    const name = isPrefixed ? rest.join('.') : key;
    const field = fields.find((each) => each.name === name);
    return { name, parent: isPrefixed ? prefix : (field?.parent ?? ''), value: typed(text, field?.schema) };
  });
  const { '': own = [], ...objects } = Object.groupBy(given, ({ parent }) => parent);
  const values = Object.entries(objects).map(([name, children = []]) => ({ name, value: objectOf(children) }));
  return objectOf([...own, ...values]);
}

/** A field that is present twice, in any notation, gets a list of both values, which no schema accepts. */
function objectOf(fields: readonly { readonly name: string; readonly value: unknown }[]): Record<string, unknown> {
  const values = Map.groupBy(fields, ({ name }) => name);
  return Object.fromEntries(
    [...values].map(([name, given]) => [name, given.length === 1 ? given[0]?.value : given.map(({ value }) => value)]),
  );
}

function typed(text: string, { type, items }: Field = {}): unknown {
  if (type === 'array') {
    // An empty text is an empty list of strings; for numbers it stays a list with one invalid entry.
    if (text === '' && items?.type === 'string') return [];
    return text.split(',', MOST_ENTRIES).map((entry) => typed(entry, items));
  }
  if (type === 'boolean') return BOOLEANS.get(text) ?? text;
  return (type === 'number' || type === 'integer') && NUMBER.test(text.trim()) ? Number(text) : text;
}
