import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { decode, secondsOf } from '../support/audio.ts';
import { activeStreams, call, transcode } from '../support/client.ts';
import { assertError, type ExpectedError } from '../support/error-shape.ts';
import { eventually } from '../support/eventually.ts';
import { type Host, startHost } from '../support/host.ts';
import {
  answer,
  endless,
  fallSilent,
  type HttpSource,
  neverAnswer,
  resetBeforeHeaders,
  serve,
  startHttpSource,
  startSilentListener,
  trickle,
  trickleHeaders,
} from '../support/http-source.ts';
import { type LeakCheck, watchLeaks } from '../support/leaks.ts';
import { createMediaFolder, twoTones } from '../support/media.ts';

const LIMITS = {
  SOURCE_CONNECT_TIMEOUT_SECONDS: 0.5,
  SOURCE_HEADERS_TIMEOUT_SECONDS: 0.5,
  SOURCE_STALL_SECONDS: 0.5,
  FIRST_BYTE_TIMEOUT_SECONDS: 3,
  MAX_SOURCE_BYTES: 8_000_000,
  SOURCE_BUCKETS: 'listed',
  S3_REGION: 'us-east-1',
  S3_ACCESS_KEY_ID: 'nobody',
  S3_SECRET_ACCESS_KEY: 'knows',
};
/** The time limit for each error response: its limits, retries, and a slow machine. */
const LIMIT_MS = 6_000;

const cleanUp = new AsyncDisposableStack();
const behaviours = new Map<string, RequestListener>();
let host: Host;
let source: HttpSource;
let elsewhere: HttpSource;
let leaks: LeakCheck;

before(async () => {
  await using media = await createMediaFolder();
  const mp3 = await media.make('a.mp3', twoTones(6), ['-c:a', 'libmp3lame']);
  behaviours.set('/good', serve(mp3)).set('/cut.mp3', serve(mp3.subarray(0, mp3.length / 2)));
  behaviours.set('/large', serve(Buffer.alloc(9_000_000)));
  source = cleanUp.use(
    await startHttpSource((request, response) => (behaviours.get(request.url ?? '') ?? answer(404))(request, response)),
  );
  elsewhere = cleanUp.use(await startHttpSource(serve(mp3)));
  host = cleanUp.use(await startHost({ SOURCE_ALLOWED_NETWORKS: source.network, LOG_LEVEL: 'info', ...LIMITS }));
  leaks = watchLeaks(host);
});
after(() => cleanUp.disposeAsync());

const HTML = '<!doctype html><html><head><title>No music</title></head><body>Nor here.</body></html>';
const M3U8 = '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1/secret.ts\n#EXT-X-ENDLIST\n';
const ZIP = Buffer.concat([Buffer.from('PK\x03\x04\x14\0\0\0\x08\0', 'latin1'), Buffer.alloc(2_000, 0xa5)]);
const JUNK = Buffer.from(Uint8Array.from({ length: 65_536 }, (_, index) => (index * 2_654_435_761) >>> 13));
/** 8 kHz, mono, 16 bits, no samples. */
const SILENT_WAV = Buffer.concat([
  Buffer.from('RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0', 'latin1'),
  Buffer.from('\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0', 'latin1'),
]);
const DOWNLOAD_FAILED = { status: 502, code: 'DOWNLOAD_FAILED' } as const;
const TIMEOUT = { status: 504, code: 'TIMEOUT', recoverable: true } as const;
const UNSUPPORTED = { status: 415, code: 'UNSUPPORTED_FORMAT', recoverable: false } as const;
const FORBIDDEN = { status: 403, code: 'SOURCE_FORBIDDEN', recoverable: false } as const;

/** What a source does, and the resulting error. */
const SERVED: readonly (readonly [string, RequestListener, ExpectedError])[] = [
  ['answers 404', answer(404), { ...DOWNLOAD_FAILED, recoverable: false, details: { status: 404 } }],
  ['answers 403', answer(403), { ...DOWNLOAD_FAILED, recoverable: false, details: { status: 403 } }],
  ['answers 500', answer(500), { ...DOWNLOAD_FAILED, recoverable: true, details: { status: 500 } }],
  ['always resets the connection', resetBeforeHeaders, { ...DOWNLOAD_FAILED, recoverable: true }],
  ['never responds', neverAnswer, TIMEOUT],
  ['sends its headers byte by byte', trickleHeaders(100), TIMEOUT],
  ['sends its body byte by byte', trickle(Buffer.from('ID3'), Buffer.from('\0'), 100), TIMEOUT],
  ['stalls after its headers', fallSilent(), TIMEOUT],
  ['sends junk without end', endless(JUNK), UNSUPPORTED],
  ['sends zeros without end', endless(Buffer.alloc(65_536)), UNSUPPORTED],
  ['is HTML with status 200', answer(200, { 'content-type': 'audio/mpeg' }, HTML), UNSUPPORTED],
  ['is a playlist with the name of an MP3', answer(200, { 'content-type': 'audio/mpeg' }, M3U8), UNSUPPORTED],
  ['is a zip', serve(ZIP), UNSUPPORTED],
  ['is empty', answer(200), UNSUPPORTED],
  ['is three bytes', serve(Buffer.from([0xff, 0xfb, 0x90])), UNSUPPORTED],
  ['is a WAV header and nothing else', serve(Buffer.from('RIFF\0\0\0\0WAVEfmt ', 'latin1')), UNSUPPORTED],
  // ffmpeg writes the header pages of Opus, and nothing else.
  ['is a WAV without samples', serve(SILENT_WAV), UNSUPPORTED],
  ['redirects to the metadata service', answer(302, { location: 'http://169.254.169.254/latest/' }), FORBIDDEN],
  ['redirects to a file', answer(302, { location: 'file:///etc/passwd' }), FORBIDDEN],
  ['redirects endlessly', answer(302, { location: '/round' }), { ...DOWNLOAD_FAILED, recoverable: false }],
];

async function answerOf(source_url: string) {
  const startedAt = performance.now();
  const result = await transcode(host, { source_url, output_format: 'opus' });
  const ms = performance.now() - startedAt;
  assert.ok(ms < LIMIT_MS, `it took ${ms} ms`);
  return result;
}

describe('A source that', { concurrency: 4 }, () => {
  for (const [index, [what, behave, expected]] of SERVED.entries()) {
    it(`${what} is ${expected.code}`, async () => {
      const path = what.startsWith('redirects endlessly') ? '/round' : `/${index}.mp3`;
      behaviours.set(path, behave);
      assertError(await answerOf(source.origin + path), expected);
    });
  }

  it('declares more bytes than the limit is PAYLOAD_TOO_LARGE', async () => {
    const expected = { status: 413, code: 'PAYLOAD_TOO_LARGE', details: { limit_bytes: 8_000_000 } };
    assertError(await answerOf(`${source.origin}/large`), expected);
  });

  it('redirects to a port that is not allowed is SOURCE_FORBIDDEN, and that port gets no request', async () => {
    behaviours.set('/inside', answer(302, { location: `${elsewhere.origin}/good` }));
    assertError(await answerOf(`${source.origin}/inside`), FORBIDDEN);
    assert.equal(elsewhere.accepted(), 0);
  });

  it('accepts connections but never speaks HTTP is TIMEOUT', async () => {
    await using silent = await startSilentListener();
    await using other = await startHost({ SOURCE_ALLOWED_NETWORKS: silent.network, LOG_LEVEL: 'silent', ...LIMITS });
    const fields = { source_url: `http://127.0.0.1:${silent.port}/`, output_format: 'aac' };
    assertError(await transcode(other, fields), TIMEOUT);
  });

  it('is a truncated MP3 plays and completes', async () => {
    const { status, complete, body } = await answerOf(`${source.origin}/cut.mp3`);
    assert.ok(status === 200 && complete);
    const seconds = secondsOf(await decode(body));
    assert.ok(Math.abs(seconds - 3) < 0.1, `${seconds} s`);
  });
});

describe('A source_url that', { concurrency: 4 }, () => {
  const urls: readonly (readonly [string, string, ExpectedError])[] = [
    ['has a name that does not exist', 'http://name.invalid/a.mp3', { ...DOWNLOAD_FAILED, recoverable: true }],
    ['has a closed port', 'http://127.0.0.1:1/a.mp3', FORBIDDEN],
    ['resolves to a private address', 'http://localhost/a.mp3', FORBIDDEN],
    ['is 0.0.0.0', 'http://0.0.0.0/a.mp3', FORBIDDEN],
    ['is a decimal loopback address', 'http://2130706433/a.mp3', FORBIDDEN],
    ['is an IPv4-mapped address', 'http://[::ffff:127.0.0.1]/a.mp3', FORBIDDEN],
    ['is a file', 'file:///etc/passwd', { status: 400, code: 'INVALID_URL' }],
    ['is a concat', 'concat:/etc/passwd|/etc/hosts', { status: 400, code: 'INVALID_URL' }],
    ['is not a URL', 'a.mp3', { status: 400, code: 'INVALID_URL' }],
    ['is s3 without a bucket', 's3:///a.mp3', { status: 400, code: 'INVALID_URL' }],
    ['is s3 without a key', 's3://listed', { status: 400, code: 'INVALID_URL' }],
    ['names a bucket that is not listed', 's3://secret/a.mp3', FORBIDDEN],
  ];
  for (const [what, url, expected] of urls) {
    it(`${what} is ${expected.code}`, async () => assertError(await answerOf(url), expected));
  }

  it('has an allowed address but another port is SOURCE_FORBIDDEN, and that port gets no request', async () => {
    assertError(await answerOf(`${elsewhere.origin}/good`), FORBIDDEN);
    assert.equal(elsewhere.accepted(), 0);
  });
});

describe('After these tests', () => {
  it('the service is up and holds no resources', async () => {
    const health = await call(host, '/health');
    assert.deepEqual([health.status, health.json().checks.ffmpeg.status], [200, 'ok']);
    const { status, complete, body } = await answerOf(`${source.origin}/good`);
    assert.ok(status === 200 && complete);
    assert.ok(Math.abs(secondsOf(await decode(body)) - 6) < 0.1);
    await eventually(async () => assert.equal(await activeStreams(host), 0));
    await leaks.assertNone();
  });

  it('the log has no defect', () => {
    assert.deepEqual(
      host.log().filter(({ code, level }) => code === 'INTERNAL_ERROR' || level === 'error'),
      [],
    );
  });
});
