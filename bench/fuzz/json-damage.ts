import fc from 'fast-check';
import { HOSTILE_VALUES } from './hostile-values.ts';

/** Unexpected values. A string of digits becomes a bare number in the text, which JavaScript may not represent. */
const STRANGE_VALUES: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, '', ' ', '0', 'null', '[object Object]', [], {}, [[]], [null], -0, 1e308),
  fc.constantFrom(0, 1, -1, 0.5, 2 ** 31, -(2 ** 31), 2 ** 53, 2 ** 53 + 2, Number.MAX_VALUE, Number.MIN_VALUE, 1e-7),
  fc.constantFrom('\u0000', '\ud800', '\ufeff', '\u202e', '🎧'.repeat(50), 'ı', '%00', '../../etc/passwd', '\r\nX: y'),
  fc.constantFrom("'; drop table transcodes; --", '$(id)', '<script>', '{{7*7}}', 'file:///etc/passwd'),
  fc.constantFrom(300, 9_000, 70_000).map((length) => 'a'.repeat(length)),
  fc.constantFrom(3, 100, 500).map((depth) => nested(depth)),
  fc.integer({ min: 0, max: 2_000 }).map((length) => Array.from({ length }, (_, index) => index)),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Names of fields that may access internals. */
const STRANGE_NAMES = fc.oneof(
  fc.constantFrom(
    'constructor',
    'prototype',
    'toString',
    'length',
    'valueOf',
    '__proto__',
    'hasOwnProperty',
    '',
    '$ref',
  ),
  fc.constantFrom('filters.speed', 'source_url', 'headers', 'ffmpeg_args', '\u0000', 'a'.repeat(500)),
  fc.string({ maxLength: 12 }),
);

type Change = {
  readonly what: 'replace' | 'remove' | 'add' | 'rename' | 'wrap';
  readonly at: number;
  readonly value: unknown;
  readonly name: string;
};

export const JSON_CHANGES: fc.Arbitrary<Change> = fc.record({
  what: fc.constantFrom('replace', 'replace', 'remove', 'add', 'rename', 'wrap'),
  at: fc.nat(1_000),
  value: STRANGE_VALUES,
  name: STRANGE_NAMES,
});

/** Returns a copy of a JSON value with one change. */
export function changed(root: unknown, { what, at, value, name }: Change): unknown {
  const box = { root: structuredClone(root) };
  const places = placesIn(box);
  const place = places[at % places.length];
  if (place === undefined) return value;
  const [parent, key] = place;
  const old = parent[key];
  if (what === 'replace') parent[key] = value;
  else if (what === 'wrap') parent[key] = at % 2 === 0 ? [old] : { [name]: old };
  else if (what === 'add' && typeof old === 'object' && old !== null) define(old, name, value);
  else if (what === 'add') parent[key] = [old, value];
  else {
    if (what === 'rename') define(parent, name, old);
    if (parent !== (box as object)) delete parent[key];
  }
  return box.root;
}

type Place = readonly [parent: Record<string, unknown>, key: string];

/** Number of levels to visit, because inserted values may be very deep. */
function placesIn(value: unknown, depth = 8): Place[] {
  if (typeof value !== 'object' || value === null || depth === 0) return [];
  const parent = value as Record<string, unknown>;
  return Object.keys(parent).flatMap((key): Place[] => [[parent, key], ...placesIn(parent[key], depth - 1)]);
}

/** Sets a field, including `__proto__`, as an own property; an array has none. */
function define(parent: object, name: string, value: unknown): void {
  if (Array.isArray(parent)) parent.push(value);
  else Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true });
}

function nested(depth: number): unknown {
  return Array.from({ length: depth }).reduce((inner) => [inner], 0);
}

/** The kinds of damage to a JSON text. */
const TEXT_DAMAGE: readonly ((text: string, at: number) => string)[] = [
  (text, at) => text.slice(0, at % (text.length + 1)),
  (text) => `\ufeff${text}`,
  (text) => `${text}${text}`,
  (text) => text.replaceAll('"', "'"),
  (text) => text.replace('{', '{,'),
  (text) => text.replace(/}$/, ',}'),
  (text) => text.replace(/:(-?[\d.]+)/, ':1e999'),
  (text) => text.replace(/:(-?[\d.]+)/, ':NaN'),
  (text) => text.replace(/:(-?[\d.]+)/, ':0x10'),
  (text) => text.replace(/:(-?[\d.]+)/, (_, number) => `:${number}${'0'.repeat(400)}`),
  (text) => text.replace(/^\{("[^"]*"):/, '{$1:1,$1:'),
  (text) => text.replace(/^\{/, '{"__proto__":{"live":true},'),
  () => '['.repeat(30_000),
  () => '{"a":'.repeat(8_000),
  () => '',
  () => ' \n\t',
  () => 'null',
  () => 'source_url=http://127.0.0.1/&output_format=opus',
  (text, at) =>
    text.slice(0, at % (text.length + 1)) + String.fromCharCode(at % 32) + text.slice(at % (text.length + 1)),
];

/** The limit of a body. */
const LARGEST = 65_536;

/** A body at the size limit with one value that is expensive to handle: alone, or in place of a field's value. */
const AT_LIMIT: fc.Arbitrary<(text: string) => string> = fc
  .record({ value: fc.constantFrom(...Object.values(HOSTILE_VALUES)), which: fc.nat(20) })
  .map(({ value, which }) => (text: string) => {
    const names = Array.from(text.matchAll(/"([a-z_]+)":/g), ([name]) => name);
    const start = `{${names[which] ?? ''}`;
    return start === '{' ? value(LARGEST) : `${start}${value(LARGEST - start.length - 1)}}`;
  });

/** A JSON text that may be damaged. */
export const TEXT_CHANGES: fc.Arbitrary<(text: string) => string> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ which: fc.nat(TEXT_DAMAGE.length - 1), at: fc.nat(10_000) }).map(
      ({ which, at }) =>
        (text: string) =>
          TEXT_DAMAGE[which]?.(text, at) ?? text,
    ),
  },
  { weight: 1, arbitrary: AT_LIMIT },
);
