import fc from 'fast-check';
import type { JsonSchema } from './contract.ts';

/** Values to put into a field in place of those of its schema. */
export type FieldValues = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** Values that match a JSON schema. Fields with these names get these values. */
export function valuesOf(
  schema: JsonSchema,
  fields: FieldValues = {},
  root: JsonSchema = schema,
): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return valuesOf(resolved(root, schema.$ref), fields, root);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return fc.oneof(...union.map((one: JsonSchema) => valuesOf(one, fields, root)));
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type: string) => valuesOf({ ...schema, type })));
  return (TYPES[schema.type] ?? (() => fc.jsonValue()))(schema, fields, root);
}

type OfType = (schema: JsonSchema, fields: FieldValues, root: JsonSchema) => fc.Arbitrary<unknown>;

const TYPES: Readonly<Record<string, OfType>> = {
  null: () => fc.constant(null),
  boolean: () => fc.boolean(),
  integer: ({ minimum, exclusiveMinimum, maximum, multipleOf = 1 }) => {
    const least = minimum ?? (exclusiveMinimum === undefined ? -1_000 : exclusiveMinimum + 1);
    const min = Math.ceil(least / multipleOf);
    const max = Math.floor(Math.min(maximum ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) / multipleOf);
    return fc
      .oneof(fc.integer({ min, max: Math.min(max, min + 100_000) }), fc.constantFrom(min, max))
      .map((count) => count * multipleOf);
  },
  number: ({ minimum, exclusiveMinimum, maximum }) => {
    const min = minimum ?? (exclusiveMinimum === undefined ? -1_000 : exclusiveMinimum + 0.001);
    const max = maximum ?? min + 1_000;
    return fc
      .oneof(fc.double({ min, max, noNaN: true }), fc.constantFrom(min, max), fc.constant(Math.min(max, min + 1)))
      .map((value) => value + 0);
  },
  string: ({ pattern, minLength = 0, maxLength = 40 }) =>
    pattern === undefined
      ? fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 40), unit: 'grapheme-composite' })
      : fc.stringMatching(new RegExp(pattern), { size: 'small' }),
  array: ({ items = {}, minItems = 0, maxItems = minItems + 5 }, fields, root) =>
    fc.array(valuesOf(items, fields, root), { minLength: minItems, maxLength: Math.min(maxItems, minItems + 20) }),
  object: ({ properties = {}, required = [], additionalProperties, ...names }, fields, root) => {
    if (typeof additionalProperties === 'object') {
      const { propertyNames = { type: 'string' }, minProperties = 0 } = names;
      const keys = valuesOf(propertyNames, {}, root) as fc.Arbitrary<string>;
      const values = valuesOf(additionalProperties, fields, root);
      return fc.dictionary(keys, values, { minKeys: minProperties, maxKeys: minProperties + 3 });
    }
    return fc.record(
      Object.fromEntries(
        Object.entries<JsonSchema>(properties).map(([name, schema]) => [
          name,
          fields[name] ?? valuesOf(schema, fields, root),
        ]),
      ),
      { requiredKeys: required },
    );
  },
};

function resolved(root: JsonSchema, reference: string): JsonSchema {
  return reference
    .replace('#/', '')
    .split('/')
    .reduce((parent, key) => parent?.[key], root);
}
