import fc from 'fast-check';
import { MARKERS } from './markers.ts';

/** The URL of the run's source server. */
export const SOURCE_ORIGIN = `http://127.0.0.1:${MARKERS.port}`;

/** The bucket whose object `sound` is also a source. */
export const BUCKET = 'media';

/** Source URLs of callers: some exist, most must be refused. */
export const SOURCE_URLS: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('/sound', '/sound?x=%20&token=s3cret', '/live').map((path) => SOURCE_ORIGIN + path),
  },
  { weight: 1, arbitrary: fc.constantFrom(`s3://${BUCKET}/sound`, `s3://${BUCKET}/nothing`, 's3://uploads/fuzz/x') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        'file:///etc/passwd',
        'ftp://127.0.0.1/a',
        'gopher://x',
        'data:audio/mpeg,x',
        'concat:a|b',
        'pipe:0',
        '//x/y',
      ],
      ...[
        'http://127.0.0.1:1/',
        'http://localhost/',
        'http://[::1]/',
        'http://[::ffff:127.0.0.1]/',
        'http://0/',
        'http://2130706433/',
      ],
      ...[
        'http://169.254.169.254/latest/meta-data',
        'http://0x7f.1/',
        'http://017700000001/',
        'http://user:pass@127.0.0.1/',
      ],
      ...[
        'http://',
        'http://:80',
        'http://a:99999',
        'http://\u0000',
        'http://exa mple.org',
        'http://[::1',
        'https://127.0.0.1:1',
      ],
      ...['s3://', 's3://media', 's3://media/', 's3:///x', 's3://other/x', 's3://media/../uploads/x', 's3://media/%00'],
      ...[
        '\u202ehttp://x',
        ' http://127.0.0.1 ',
        'HTTP://127.0.0.1:1',
        'javascript:1',
        '',
        'x',
        'http://nowhere.invalid/',
      ],
      `http://127.0.0.1/${'a'.repeat(8_000)}`,
      `http://127.0.0.1/${'a'.repeat(9_000)}`,
    ),
  },
  { weight: 1, arbitrary: fc.webUrl().map((url) => url.replace(/^https?:\/\/[^/]+/, SOURCE_ORIGIN)) },
);
