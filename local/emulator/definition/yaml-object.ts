/** A value in a configuration file, with its path for error messages. */
export type YamlObject = {
  readonly file: string;
  /** Dotted, from the top of the file; empty at the top. */
  readonly key: string;
  readonly value: unknown;
};

/** Something in serverless.yml that the emulator cannot serve; the message names file and key. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  constructor(file: string, key: string, problem: string, options?: ErrorOptions) {
    super(`${file}: ${key ? `"${key}" ` : ''}${problem}`, options);
  }
}

type Entries = {
  readonly node: YamlObject;
  readonly present: boolean;
  readonly entries: readonly (readonly [string, YamlObject])[];
};

/** Returns the object below a key, empty when absent. With `orTrue`, `true` is an empty object, `false` is absent. */
export function objectAt(parent: YamlObject, key: string, { orTrue = false } = {}): Entries {
  const node = valueAt(parent, key);
  const { value } = node;
  if (value == null || (orTrue && typeof value === 'boolean')) return { node, present: value === true, entries: [] };
  if (typeof value !== 'object' || Array.isArray(value))
    throw new ServiceError(node.file, node.key, 'must be an object');
  const entries = Object.keys(value).map((name) => [name, valueAt(node, name)] as const);
  return { node, present: true, entries };
}

/** Returns the values of the list below a key, empty when absent. */
export function listAt(parent: YamlObject, key: string): readonly YamlObject[] {
  const node = valueAt(parent, key);
  if (node.value == null) return [];
  if (!Array.isArray(node.value)) throw new ServiceError(node.file, node.key, 'must be a list');
  return node.value.map((value: unknown, index) => ({ file: node.file, key: `${node.key}.${index}`, value }));
}

/** Throws ServiceError unless it is a non-empty string. */
export function stringAt(parent: YamlObject, key: string): string {
  const { file, key: way, value } = valueAt(parent, key);
  if (typeof value !== 'string' || value === '') throw new ServiceError(file, way, 'must be a string');
  return value;
}

/** Throws ServiceError unless it is absent or a number that is not negative. */
export function optionalNumberAt(parent: YamlObject, key: string): number | undefined {
  const { file, key: way, value } = valueAt(parent, key);
  if (value == null) return undefined;
  if (typeof value !== 'number' || !(value >= 0)) throw new ServiceError(file, way, 'must be a number');
  return value;
}

/** Returns the value below a key, undefined when absent. */
export function valueAt(parent: YamlObject, key: string): YamlObject {
  const value = (parent.value as Record<string, unknown> | null | undefined)?.[key];
  return { file: parent.file, key: parent.key ? `${parent.key}.${key}` : key, value };
}
