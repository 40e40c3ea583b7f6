import fc from 'fast-check';
import { MARKERS } from './markers.ts';

/** Possible values of a path segment. */
export const PATH_VALUES: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(MARKERS.liveId) },
  { weight: 3, arbitrary: fc.constantFrom(MARKERS.lastId, MARKERS.keyId) },
  { weight: 1, arbitrary: fc.uuid() },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        '%00',
        '%ff',
        '%',
        '%2e%2e%2f',
        '..',
        '.',
        '%2F',
        '*',
        '{id}',
        'undefined',
        '%F0%9F%8E%A7',
        "'--",
        'a'.repeat(300),
      ],
      ...['0', '-1', '%C0%AF', '00000000-0000-0000-0000-000000000000', '%00000000-0000-4000-8000-000000000000', ';x=y'],
    ),
  },
);

/** Changes to a valid target. The result may be invalid HTTP. */
const TARGET_CHANGES: readonly ((target: string) => string)[] = [
  (target) => `/${target}`,
  (target) => `${target}/`,
  (target) => target.toUpperCase(),
  (target) => target.replace('/', '/./'),
  (target) => target.replace('/', '/../'),
  (target) => target.replace('?', '??'),
  (target) => `${target}${target.includes('?') ? '&' : '?'}a=1&a=2&speed=1&speed=2&filters.speed=1`,
  (target) => `${target}?${'x=y&'.repeat(500)}`,
  (target) => `${target}?%00=%ff&%=%&=&&&[]=1&__proto__=1&constructor=2`,
  (target) => `http://elsewhere.example${target}`,
  (target) => `${target}#fragment`,
  (target) => `${target}%00`,
  (target) => target.replaceAll('%', '%25'),
  (target) => target.replaceAll('=', '=%20'),
  (target) => `${target}${'/x'.repeat(200)}`,
  () => '/',
  () => '/%',
  () => '/undefined',
  () => '/.env',
  () => '/favicon.ico',
];

export const CHANGED_TARGETS: fc.Arbitrary<(target: string) => string> = fc.constantFrom(...TARGET_CHANGES);

/** Invalid targets of an HTTP request line. */
const BROKEN_TARGET_CHANGES: readonly ((target: string) => string)[] = [
  (target) => target.slice(1),
  (target) => `${target} x`,
  (target) => `${target}\u0000`,
  (target) => `${target}\u00ff`,
  (target) => `${target}${'a'.repeat(20_000)}`,
  () => '*',
  () => '',
  () => 'elsewhere.example:443',
];

export const BROKEN_TARGETS: fc.Arbitrary<(target: string) => string> = fc.constantFrom(...BROKEN_TARGET_CHANGES);

/** Converts a value to text for a form or header. An object may have no string form: `{"toString": 1}`. */
export function plainText(value: unknown): string {
  if (Array.isArray(value)) return value.map(plainText).join(',');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

/** Returns a query of these parameters as in OpenAPI: lists with commas. */
export function queryOf(parameters: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(parameters).map(([name, value]): [string, string] => [name, plainText(value)]);
  return fields.length === 0 ? '' : `?${new URLSearchParams(fields)}`;
}
