/** Writes a JSON value with about this many bytes. */
type ValueOf = (bytes: number) => string;

const list =
  (entry: string): ValueOf =>
  (bytes) =>
    `[${repeated(`${entry},`, bytes - 2).slice(0, -1)}]`;
const text =
  (unit: string): ValueOf =>
  (bytes) =>
    `"${repeated(unit, bytes - 2)}"`;
const fields =
  (field: (index: number) => string): ValueOf =>
  (bytes) => {
    const written: string[] = [];
    for (let length = 2, index = 0; length < bytes; index += 1) {
      written.push(field(index));
      length += field(index).length + 1;
    }
    return `{${written.slice(0, -1).join(',')}}`;
  };

/** JSON values of any size that are cheap to send and expensive to parse, to validate, to redact or to repeat. */
export const HOSTILE_VALUES: Readonly<Record<string, ValueOf>> = {
  'a list of encoded quotes': list('"[\\"%25"'),
  'a list of zeros': list('0'),
  'a list of nulls': list('null'),
  'a list of empty objects': list('{}'),
  'a list of empty lists': list('[]'),
  'a list of URLs': list('"https://a:b@c/?d"'),
  'a text of encoded quotes': text('[\\"%25'),
  'a text of backslashes': text('\\\\'),
  'a text of escapes': text('\\u0022'),
  'a text of nested percent signs': text('%2525'),
  'a text of quotes': text('\\"'),
  'a text of URLs': text('://a:b@c/?'),
  'a text of secrets': text('token="a '),
  'a text of JWTs': text('eyJa.b '),
  'a text of one letter': text('a'),
  'a text of emoji': text('🎧'),
  'a text of lone surrogates': text('\\ud800'),
  'a text of commas': text(','),
  'a number of many digits': (bytes) => '1'.repeat(bytes),
  'a fraction of many digits': (bytes) => `0.${'0'.repeat(bytes - 3)}1`,
  'deep lists': (bytes) => '['.repeat(bytes / 2) + ']'.repeat(bytes / 2),
  'deep objects': (bytes) => `${'{"a":'.repeat(bytes / 6)}0${'}'.repeat(bytes / 6)}`,
  'many fields': fields((index) => `"k${index}":0`),
  'many secret fields': fields((index) => `"token${index}":"%25"`),
  'the same field again': fields(() => '"a":0'),
  'a long name': (bytes) => `{"${'a'.repeat(bytes - 6)}":0}`,
  'a long name of encoded quotes': (bytes) => `{"${repeated('[\\"%25', bytes - 6)}":0}`,
};

function repeated(unit: string, bytes: number): string {
  return unit.repeat(Math.max(1, Math.floor(bytes / Buffer.byteLength(unit))));
}
