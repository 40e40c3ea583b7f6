/** The subset of JSON Schema that our requests use. */
export type Schema = {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
};

const PLAIN = ['string', 'number', 'boolean'];

/** Returns the TypeScript type that a schema describes. Throws an Error for an unsupported schema. */
export function schemaType(schema: Schema, indent = ''): string {
  const { type = '', enum: values, items, properties } = schema;
  if (values !== undefined) return values.map(literal).join(' | ');
  if (PLAIN.includes(type)) return type;
  if (items !== undefined) return `readonly (${schemaType(items, indent)})[]`;
  if (properties === undefined) throw new Error(`unsupported schema: ${JSON.stringify(schema)}`);
  const lines = Object.entries(properties).flatMap(([name, field]) => {
    const mark = schema.required?.includes(name) ? '' : '?';
    const type = `readonly ${name}${mark}: ${schemaType(field, `${indent}  `)}${mark === '' ? '' : ' | undefined'};`;
    return [...documentation(field), type].map((line) => `${indent}  ${line}\n`);
  });
  return `{\n${lines.join('')}${indent}}`;
}

function documentation({ description, default: standard, properties }: Schema): string[] {
  const stated = standard === undefined || properties !== undefined ? [] : [`Default: ${literal(standard)}.`];
  const text = [...(description === undefined ? [] : [description]), ...stated].join(' ');
  return text === '' ? [] : [`/** ${text} */`];
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
