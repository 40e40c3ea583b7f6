import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { documentedSettings } from '#lib/config.ts';
import { createLog } from '#lib/log.ts';
import { redactText, redactValue } from '#lib/redaction.ts';

/** Occurs in no other text, so that finding it in the output means that a secret was leaked. */
const MARK = 'Q7z';
const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'];

const marked = (signs: readonly string[]) =>
  fc.string({ unit: fc.constantFrom(...signs), minLength: 1, maxLength: 30 }).map((text) => MARK + text);
const secret = marked([...LETTERS, '-', '_', '~']);
const encoded = marked([...LETTERS, '-', '_', '%2F', '%26', '%3D', '+']);
const base64 = marked([...LETTERS, '+', '/', '=']);
const word = fc.constantFrom('a', 'id-7', 'x_9', '0123456789abcdef');

type Kind = fc.Arbitrary<string>;

/** Every kind of secret, as it may occur in a text. */
const KINDS: Readonly<Record<string, Kind>> = {
  'userinfo of a URL': fc.tuple(secret, encoded).map(([user, password]) => `https://${user}:${password}@example.org/a`),
  'a URL with a token for its user': secret.map((token) => `https://${token}@example.org/a.mp3`),
  'the query of a URL': encoded.map((value) => `https://example.org/a.mp3?x=1&id=${value}&y`),
  'a signed URL': fc
    .tuple(base64, encoded)
    .map(
      ([credential, signature]) =>
        `http://127.0.0.1:8091/b/k.mp3?X-Amz-Credential=${credential}&X-Amz-Signature=${signature}&x-id=GetObject`,
    ),
  'a signed path': secret.map((signature) => `/media/a.mp3?Expires=17&Signature=${signature}&sig=${signature}`),
  'an API key': fc
    .tuple(fc.stringMatching(/^[0-9a-f]{16}$/), marked([...LETTERS, '-', '_']))
    .map(([id, value]) => `ffk_${id}_${value}`),
  'a JWT': fc
    .tuple(...[0, 1, 2].map(() => marked([...LETTERS, '-', '_'])))
    .map(([header, payload, signature]) => `eyJ${header}.${payload}.${signature}`),
  'a bearer token': fc
    .tuple(fc.constantFrom('Bearer ', 'bearer ', 'Authorization: Bearer '), base64)
    .map(([before, token]) => before + token),
  'basic credentials': base64.map((credentials) => `Basic ${credentials}`),
  'another scheme': secret.map((token) => `Authorization: Digest username="a", response="${token}"`),
  'an SRT passphrase': secret.map((passphrase) => `srt://127.0.0.1:6000?mode=caller&passphrase=${passphrase}`),
  'a bare passphrase': secret.map((passphrase) => `passphrase=${passphrase}`),
  'an RTMP key': fc.tuple(word, secret).map(([app, key]) => `rtmp://live.example.org/${app}/${key}`),
  'a database URL': base64.map((password) => `postgres://user:${password}@127.0.0.1:5432/db`),
  'an AWS header': fc
    .tuple(
      fc.constantFrom('x-amz-security-token', 'X-Amz-Server-Side-Encryption-Customer-Key', 'aws_secret_access_key'),
      base64,
    )
    .map(([name, value]) => `${name}: ${value}`),
  'an AWS signature': secret.map(
    (signature) => `authorization: AWS4-HMAC-SHA256 Credential=AK/us, SignedHeaders=host, Signature=${signature}`,
  ),
  cookies: fc
    .tuple(fc.constantFrom('Cookie', 'set-cookie'), secret)
    .map(([name, value]) => `${name}: theme='dark'; session=${value}`),
  'a form body': encoded.map((value) => `grant_type=client_credentials&client_secret=${value}&client_id=a`),
  'a JSON body': secret.map((value) => JSON.stringify({ client_secret: `"${value}", and ${value}`, n: 1 })),
  'a JSON list': secret.map((value) => JSON.stringify({ a: { tokens: [{ x: [1] }, value], b: 'c' } })),
};

/** Ways to embed a text in another one. */
const WRITINGS: Readonly<Record<string, (text: string) => string>> = {
  unchanged: (text) => text,
  'percent-encoded': (text) => `got ${encodeURIComponent(text)} there`,
  'percent-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'in a JSON string': (text) => JSON.stringify({ body: text, n: 1 }),
  'in a JSON string in a JSON string': (text) => `answer: ${JSON.stringify(JSON.stringify({ body: [text] }))}`,
  'percent-encoded JSON': (text) => encodeURIComponent(JSON.stringify({ body: text })),
  'between lines': (text) => `first line\n  ${text}\r\nlast line`,
  'in brackets': (text) => `it failed (${text}), again`,
  'in quotes': (text) => `open "${text}", or '${text}'.`,
  'after an equals sign': (text) => `url=${text}`,
  'in angle brackets': (text) => `<${text}>;`,
  'joined to a word': (text) => `_x-${text}`,
};

/** Ways to write a text to the log. */
const CARRIERS: Readonly<Record<string, (log: ReturnType<typeof createLog>, text: string) => void>> = {
  'the message': (log, text) => log.info(text),
  'a field': (log, text) => log.info({ reason: text }, 'request'),
  'a nested object': (log, text) => log.warn({ a: { b: [{ c: { d: text } }] } }),
  'a list': (log, text) => log.info({ list: ['x', [text, text]] }),
  'the name of a field': (log, text) => log.info({ [text]: 1, deep: [{ [text]: { a: 1 } }] }),
  'the message of an error': (log, text) => log.error({ err: new Error(text) }, 'failed'),
  'the cause of an error': (log, text) => log.error({ err: new Error('a', { cause: new Error(text) }) }),
  'the stack of an error': (log, text) => {
    const err = new Error('a');
    err.stack = `Error: a\n    at f (${text})\n    at g (x.ts:1:2)`;
    log.error({ err });
  },
  'one of several errors': (log, text) => log.error({ err: new AggregateError([new Error(text)], 'all') }),
  'a property of an error': (log, text) => log.error({ err: Object.assign(new Error('a'), { config: { url: text } }) }),
  'an error that is logged bare': (log, text) => log.error(new Error(text)),
};

describe('no secret is leaked', () => {
  for (const [kind, arbitrary] of Object.entries(KINDS)) {
    it(`from ${kind}, however it is encoded and wherever it is logged`, () => {
      const property = fc.property(
        arbitrary,
        fc.constantFrom(...Object.keys(WRITINGS)),
        fc.constantFrom(...Object.keys(CARRIERS)),
        (plain, writing, carrier) => {
          const text = WRITINGS[writing]?.(plain) ?? plain;
          const written: string[] = [];
          const log = createLog({ level: 'info', destination: { write: (line) => void written.push(line) } });
          CARRIERS[carrier]?.(log, text);
          assert.equal(written.length, 1);
          assert.ok(!written.join().includes(MARK), written.join());
          const redacted = redactText(text);
          assert.ok(!redacted.includes(MARK), redacted);
          assert.equal(redactText(redacted), redacted, 'redacting it again changes it');
        },
      );
      fc.assert(property, { numRuns: 400 });
    });
  }

  it('from lists of names and values, or from objects with a name and a value', () => {
    fc.assert(
      fc.property(fc.constantFrom('X-Api-Key', 'authorization', '-passphrase', 'Cookie'), secret, (name, value) => {
        const all = [['Accept', '*/*', name, value], [{ name, value }], { headers: [[name, value]] }];
        assert.doesNotMatch(JSON.stringify(redactValue(all)), new RegExp(MARK));
      }),
    );
  });
});

describe('harmless text', () => {
  const harmless = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          ...['opus', 'Stream #0:0:', 'tokens', 'a key', 'secretary: none', '48000 Hz,', 'size= 24kB', '100%', "it's"],
          ...['https://example.org/a/b.mp3', 's3://media/uploads/a', '[mp3 @ 0x55]', '"quoted"', 'C:\\dir', '{"a":1}'],
          ...['rtmp://h/app', 'srt://127.0.0.1:6000', 'a@b.example', '{', '}', '(x)', 'k=v;', 'signatures', '5 %'],
          ...['0199f1a2-7c3d-7e11-8a55-0123456789ab', 'at f (/work/x.ts:1:2)', 'author: x', '\n', '\\n', 'a%20b'],
        ),
        fc.integer().map(String),
      ),
    )
    .map((words) => words.join(' '));

  it('is not changed', () => {
    fc.assert(
      fc.property(harmless, (text) => {
        assert.equal(redactText(text), text);
        assert.deepEqual(redactValue({ text, list: [text] }), { text, list: [text] });
      }),
      { numRuns: 500 },
    );
  });
});

describe('the name of a setting', () => {
  const SECRET = /JWT|JWKS|TOKEN|SECRET|KEY/;
  const names = documentedSettings().flatMap(({ name }) => (SECRET.test(name) ? [name] : []));

  it('stays readable where it stands for its value', () => {
    for (const name of names) {
      for (const text of [`this service does not issue tokens: ${name} is not set`, `secrets: ${name}, and no other`]) {
        assert.equal(redactText(text), text);
        assert.deepEqual(redactValue({ message: text }), { message: text });
      }
    }
  });

  it('is not followed by its value', () => {
    for (const value of ['Q7zhidden', 'JWT_SECRETQ7zhidden', 'JWT_SECRET=Q7zhidden', '"Q7zhidden"']) {
      for (const text of [`JWT_SECRET=${value}`, `JWT_SECRET: ${value}`, `token: JWT_SECRET=${value}`]) {
        assert.doesNotMatch(redactText(text), /Q7z/, text);
      }
    }
  });
});

describe('a quarter of a megabyte', () => {
  const LENGTH = 1 << 18;
  const units = [
    ...['a', 'a.', 'a-', 'aA1_', 'token', 'token ', 'token=', 'token="', "token='", 'token="\\"', 'token[', 'token={'],
    ...['rtmp://', 'rtmp://a/', 'a://', 'a://b:', 'a://b@', '://', '://:@', '//', 'eyJ', 'eyJ-', 'eyJa.', 'eyJ-.'],
    ...['"', "'", ' =', 'bearer ', 'basic\t', 'authorization:', 'cookie: "', 'authorization:"\\', 'ffk_', 'ffk_a_'],
    ...['%25', '%2525', '%', '%3A%2F%2F', '\\', '\\\\"', '\\u0025', '[', '{', '{"', '[1,', 'secret key ', 'a_sig'],
    ...['token:\n', 'token=,', 'token=]', "a://'", 'a://\\', 'cookie=\r'],
  ];

  for (const unit of units) {
    it(`of ${JSON.stringify(unit)} is redacted in a short time`, () => {
      const text = unit.repeat(LENGTH / unit.length);
      const started = performance.now();
      redactText(text);
      redactText(`token="${text}`);
      redactText(`https://${text}`);
      redactValue([text]);
      const ms = performance.now() - started;
      // Each takes about a tenth of a second. In quadratic time, it would take more than half a minute.
      assert.ok(ms < 10_000, `${ms} ms`);
    });
  }
});
