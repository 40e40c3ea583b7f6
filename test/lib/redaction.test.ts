import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { redactText, redactValue } from '#lib/redaction.ts';
import { maySpeakOfSecrets } from '#lib/redaction-rules.ts';

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'];

/** Characters of keys and tokens. The start cannot occur in another text by chance. */
const secret = fc
  .string({ unit: fc.constantFrom(...LETTERS, '-', '_', '.', '~'), minLength: 4, maxLength: 40 })
  .map((text) => `Q7z${text}`);
/** Characters that may also occur in a query or in userinfo, percent-encoded or not. */
const urlSecret = fc
  .string({
    unit: fc.constantFrom(
      ...LETTERS,
      '-',
      '_',
      '.',
      '~',
      '%',
      '+',
      '!',
      '*',
      '(',
      ')',
      ',',
      ';',
      '=',
      '$',
      '&',
      ':',
      '@',
      "'",
    ),
    minLength: 4,
  })
  .map((text) => `Q7z${text}`)
  // A quote at the end of a text, or before punctuation, belongs to the text around the URL.
  .filter((text) => !/'(?![\w%])/.test(text));
const host = fc.constantFrom('example.org', '127.0.0.1:8080', '[::1]:6000', 'live.example');
const key = fc.constantFrom(
  ...['token', 'access_token', 'api_key', 'apiKey', 'password', 'passphrase', 'stream_key', 'client_secret'],
  ...['X-Amz-Signature', 'signature', 'secret', 'S3_SECRET_ACCESS_KEY_TOKEN', 'refresh-token', 'X-Api-Key'],
);
const scheme = fc.constantFrom('http', 'https', 's3', 'srt', 'rtmp', 'postgres');

/** Places of a secret, in the order of the rules. */
const PLACES: Readonly<Record<string, fc.Arbitrary<{ readonly text: string; readonly hidden: string }>>> = {
  'the userinfo of a URL': fc
    .record({ scheme, user: secret, hidden: urlSecret, host })
    .map(({ scheme: s, user, hidden, host: h }) => ({
      text: `${s}://${user}:${hidden}@${h}/a.mp3`,
      hidden,
    })),
  'the query of a URL': fc
    .record({ scheme, host, key, hidden: urlSecret })
    .map(({ scheme: s, host: h, key: k, hidden }) => ({
      text: `GET ${s}://${h}/a/b.mp3?x=1&${k}=${hidden} failed`,
      hidden,
    })),
  'the fragment of a URL': fc.record({ host, hidden: urlSecret }).map(({ host: h, hidden }) => ({
    text: `'https://${h}/a#${hidden}'`,
    hidden,
  })),
  'the path of an RTMP URL': fc
    .record({ host, hidden: secret, s: fc.constantFrom('rtmp', 'rtmps', 'RTMP') })
    .map(({ host: h, hidden, s }) => ({ text: `Output #0, flv, to '${s}://${h}/app/${hidden}':`, hidden })),
  'an Authorization header': fc
    .record({ s: fc.constantFrom('Token', 'AWS4-HMAC-SHA256', 'Digest a="b",'), hidden: secret })
    .map(({ s, hidden }) => ({ text: `Authorization: ${s} ${hidden}\r\nAccept: */*`, hidden })),
  cookies: fc.record({ name: fc.constantFrom('Cookie', 'Set-Cookie'), hidden: secret }).map(({ name, hidden }) => ({
    text: `${name}: theme=dark; session=${hidden}; Path=/`,
    hidden,
  })),
  'a bearer or basic credential': fc
    .record({ s: fc.constantFrom('Bearer', 'bearer', 'Basic'), hidden: secret })
    .map(({ s, hidden }) => ({ text: `sent ${s} ${hidden}`, hidden })),
  'a JWT': fc.tuple(secret, secret, secret).map(([header, payload, hidden]) => ({
    text: `it was eyJ${header.replace(/[.~]/g, '')}.${payload.replace(/[.~]/g, '')}.${hidden.replace(/[.~]/g, '')} here`,
    hidden: hidden.replace(/[.~]/g, ''),
  })),
  'a value after its key': fc
    .record({ key, hidden: secret, sign: fc.constantFrom('=', ': ', ' = ', ':') })
    .map(({ key: k, hidden, sign }) => ({ text: `[srt] ${k}${sign}${hidden}, then more`, hidden })),
  'a JSON value': fc.record({ key, hidden: secret }).map(({ key: k, hidden }) => ({
    text: JSON.stringify({ a: 1, [k]: `with "quotes" and ${hidden}`, b: 2 }),
    hidden,
  })),
};

describe('redaction of text', () => {
  for (const [place, arbitrary] of Object.entries(PLACES)) {
    it(`leaves no secret in ${place}`, () => {
      fc.assert(
        fc.property(arbitrary, fc.string(), ({ text, hidden }, before) => {
          const redacted = redactText(`${before} ${text}`);
          assert.ok(!redacted.includes(hidden), redacted);
          assert.ok(maySpeakOfSecrets(text), 'the log would not redact it');
        }),
        { numRuns: 300 },
      );
    });
  }

  it('keeps the parts of a URL that are not secret', () => {
    assert.equal(
      redactText('https://u:p@example.org/a/b.mp3?x=1#y'),
      'https://[redacted]@example.org/a/b.mp3?[redacted]',
    );
    assert.equal(redactText("to 'rtmp://h/app/key':"), "to 'rtmp://h/app/[redacted]':");
  });

  it('does not change ordinary text', () => {
    const ordinary = [
      "Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'pipe:3':",
      '  Stream #0:0[0x1](und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, mono, fltp, 70 kb/s (default)',
      'size=      24kB time=00:00:02.00 bitrate=  98.5kbits/s speed= 120x',
      "[AVFilterGraph @ 0x55] No such filter: 'reverb'",
      'https://example.org/a/b.mp3: Server returned 404 Not Found',
      'the tokenizer took 5 s; passwords are not kept; a secretary: none',
      'source_url must be a URL',
      'a@b.example wrote: 1 + 1 = 2',
    ];
    for (const line of ordinary) assert.equal(redactText(line), line);
  });

  it('changes nothing when it is repeated', () => {
    const anything = fc.oneof(...Object.values(PLACES).map((place) => place.map(({ text }) => text)), fc.string());
    fc.assert(
      fc.property(anything, (text) => {
        const once = redactText(text);
        assert.equal(redactText(once), once);
      }),
    );
  });

  it('takes a short time for any text, because a path may have 16 KiB', () => {
    const texts = ['a', 'a.', 'a-', 'token', 'rtmp://a/', 'a://', 'eyJa.', '"', ' =', 'bearer '];
    for (const text of texts) {
      const started = performance.now();
      redactText(text.repeat(16_384 / text.length));
      assert.ok(performance.now() - started < 500, text);
    }
  });
});

describe('redaction of values', () => {
  it('replaces the values of secret names, and redacts every text', () => {
    const value = {
      url: 'https://u:p@h/?q',
      Authorization: 'anything at all',
      headers: [{ 'x-api-key': 5, cookie: ['a', 'b'] }],
      token: undefined,
      n: 1,
      none: null,
      deep: { stream_key: { nested: 'x' } },
    };
    assert.deepEqual(redactValue(value), {
      url: 'https://[redacted]@h/?[redacted]',
      Authorization: '[redacted]',
      headers: [{ 'x-api-key': '[redacted]', cookie: '[redacted]' }],
      token: undefined,
      n: 1,
      none: null,
      deep: { stream_key: '[redacted]' },
    });
  });

  it('leaves no secret in the value of a secret name, whatever its text', () => {
    fc.assert(
      fc.property(
        key,
        fc.string({ minLength: 1 }).map((text) => `Q7z${text}`),
        fc.jsonValue(),
        (name, hidden, other) => {
          const redacted = JSON.stringify(redactValue({ other, list: [{ [name]: hidden }] }));
          assert.ok(!redacted.includes('Q7z'), redacted);
        },
      ),
    );
  });

  it('does not change values without a secret', () => {
    const plain = fc.object({
      key: fc.constantFrom('a', 'name', 'state', 'bytes'),
      values: [fc.integer(), fc.boolean(), fc.constant(null), fc.constantFrom('text', 'ein Wort', 'pipe:3')],
    });
    fc.assert(fc.property(plain, (value) => assert.deepEqual(redactValue(value), value)));
  });

  it('does not modify its argument', () => {
    const value = { token: 'x', list: ['https://h/?a'] };
    redactValue(value);
    assert.deepEqual(value, { token: 'x', list: ['https://h/?a'] });
  });
});
