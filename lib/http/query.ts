import { z } from 'zod';

/** What is used here of a JSON schema. */
type Field = {
  readonly type?: string;
  readonly items?: Field;
  readonly properties?: Fields;
  readonly required?: readonly string[];
};
type Fields = Readonly<Record<string, Field>>;
type Query = Readonly<Record<string, string | undefined>>;

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

/** The fields of a query; those of an object, with its name as `parent`, come after the others. */
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
 * Reads the value of a schema from a query (`?source_url=…&speed=1.25`): the fields of an object stand beside the others,
 * or have its name before theirs (`filters.speed`); commas separate the entries of a list. Text that is no number, or
 * neither true nor false, stays text: the schema refuses it.
 */
export function queryReader(schema: z.ZodType): (query: Query) => Record<string, unknown> {
  let fields: QueryField[] | undefined;
  return (query) => {
    fields ??= queryFields(schema);
    return read(query, fields);
  };
}

function read(query: Query, fields: readonly QueryField[]): Record<string, unknown> {
  const parents = new Set(fields.flatMap(({ parent = [] }) => parent));
  const given = Object.entries(query).map(([key, text = '']) => {
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

/** A field that is named twice, in whatever way, has both values, which no field takes. */
function objectOf(fields: readonly { readonly name: string; readonly value: unknown }[]): Record<string, unknown> {
  const values = Map.groupBy(fields, ({ name }) => name);
  return Object.fromEntries(
    [...values].map(([name, given]) => [name, given.length === 1 ? given[0]?.value : given.map(({ value }) => value)]),
  );
}

function typed(text: string, { type, items }: Field = {}): unknown {
  if (type === 'array') {
    // No text is an empty list of words, but a list of one missing number.
    if (text === '' && items?.type === 'string') return [];
    return text.split(',').map((entry) => typed(entry, items));
  }
  if (type === 'boolean') return BOOLEANS.get(text) ?? text;
  return (type === 'number' || type === 'integer') && NUMBER.test(text.trim()) ? Number(text) : text;
}
