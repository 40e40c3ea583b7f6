import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { describe, it } from 'node:test';
import { openApiDocument } from '#lib/api/openapi.ts';
import { type ApiDocument, createContract } from '../bench/fuzz/contract.ts';
import type { FuzzCase } from '../bench/fuzz/fuzz-case.ts';
import { findingOf, newLines } from '../bench/fuzz/host-log.ts';
import { MARKERS } from '../bench/fuzz/markers.ts';
import { runCase, type Target } from '../bench/fuzz/run-case.ts';
import { serialize } from '../bench/fuzz/wire-request.ts';
import { answer, neverAnswer, resetBeforeHeaders, startHttpSource, trickle } from './support/http-source.ts';

const DOCUMENT = JSON.parse(JSON.stringify(openApiDocument('1'))) as ApiDocument;
const CONTRACT = createContract(DOCUMENT);
const JSON_TYPE = { 'content-type': 'application/json' };
const ALL_DEPTH = { decodes: true, looksUp: false };

function getCase(target: string, rest: Partial<FuzzCase> = {}): FuzzCase {
  const wire = { method: 'GET', target, version: '1.1', headers: [['Host', 'a']], framing: 'length' } as const;
  return {
    kind: 'request',
    seed: 1,
    label: 'a test',
    bytes: serialize({ ...wire, body: undefined }),
    method: 'GET',
    target,
    isHttp: true,
    client: { kind: 'reads' },
    limitMs: 5_000,
    ...rest,
  };
}

/** Returns the offences that the checker finds in a server with this behaviour. */
async function offences(
  behave: RequestListener,
  fuzzCase: FuzzCase,
  death?: Target['death'],
): Promise<readonly string[]> {
  await using server = await startHttpSource(behave);
  const target: Target = {
    url: server.origin,
    contract: CONTRACT,
    markers: () => MARKERS,
    death: death ?? (() => undefined),
    serve: () => ({ [Symbol.dispose]: () => undefined }),
  };
  return (await runCase(fuzzCase, target, ALL_DEPTH)).offences;
}

function errorAnswer(status: number, code: string, headers: Record<string, string> = {}): RequestListener {
  const recoverable = status === 429 || status === 503;
  const body = { code, message: 'm', details: {}, recoverable, request_id: 'r' };
  return answer(status, { ...JSON_TYPE, 'x-request-id': 'r', ...headers }, JSON.stringify(body));
}

describe('the checker of the fuzz', () => {
  const live = answer(200, JSON_TYPE, '{"status":"ok"}');

  it('finds nothing in correct responses', async () => {
    assert.deepEqual(await offences(live, getCase('/health/live')), []);
    assert.deepEqual(await offences(errorAnswer(404, 'NOT_FOUND'), getCase('/nothing')), []);
    assert.deepEqual(await offences(errorAnswer(429, 'RATE_LIMITED', { 'retry-after': '3' }), getCase('/docs')), []);
  });

  it('finds a 500, and INTERNAL_ERROR with any status', async () => {
    const found = await offences(errorAnswer(500, 'INTERNAL_ERROR'), getCase('/health/live'));
    assert.deepEqual(found, ['INTERNAL_ERROR']);
    assert.ok((await offences(answer(500), getCase('/x', { isHttp: false }))).includes('INTERNAL_ERROR'));
    assert.ok((await offences(errorAnswer(404, 'INTERNAL_ERROR'), getCase('/x'))).includes('INTERNAL_ERROR'));
  });

  it('finds a response that does not match its schema', async () => {
    for (const [behave, words] of [
      [answer(200, JSON_TYPE, '{"status":"ok","more":1}'), /does not match its schema/],
      [answer(200, JSON_TYPE, '{"status":'), /not JSON/],
      [answer(200, { 'content-type': 'text/html' }, 'ok'), /text\/html is not described/],
      [answer(404, JSON_TYPE, '{"message":"Not Found"}'), /does not match its schema/],
      [errorAnswer(404, 'CONFLICT'), /CONFLICT with 404/],
      [errorAnswer(503, 'OVERLOADED'), /Retry-After with 503/],
      [errorAnswer(404, 'NOT_FOUND', { 'x-request-id': 'another' }), /request_id that differs/],
    ] as const) {
      assert.match((await offences(behave, getCase('/health/live'))).join(), words);
    }
  });

  it('finds a success for an unknown path, visible internal details, and audio without its headers', async () => {
    assert.deepEqual(await offences(live, getCase('/nothing')), ['200 for an unknown path']);
    const stack = answer(200, JSON_TYPE, JSON.stringify({ status: 'at Object.f (file:///a/lib/x.ts:1:2)' }));
    assert.match((await offences(stack, getCase('/health/live'))).join(), /internal details/);
    const bare = answer(200, { 'content-type': 'audio/aac' }, 'x');
    assert.match((await offences(bare, getCase('/transcode'))).join(), /no X-Transcode-Id/);
  });

  it('finds a hang before the response and within it', async () => {
    const inTime = { limitMs: 200 };
    assert.deepEqual(await offences(neverAnswer, getCase('/docs', inTime)), ['no end within 0.2 s (no response)']);
    const endless = trickle(Buffer.from('a'), Buffer.from('b'), 20);
    assert.deepEqual(await offences(endless, getCase('/docs', inTime)), ['no end within 0.2 s (status 200)']);
    assert.deepEqual(await offences(neverAnswer, getCase('/docs', { client: { kind: 'gives_up', afterMs: 50 } })), []);
  });

  it('finds a connection that ends without a response', async () => {
    assert.match((await offences(resetBeforeHeaders, getCase('/docs'))).join(), /no response: /);
    assert.deepEqual(await offences(resetBeforeHeaders, getCase('/docs', { isHttp: false })), []);
  });

  it('treats a response that is reset after its head as cut', async () => {
    const reset: RequestListener = ({ socket }, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'x-request-id': 'a' });
      response.write('a beginning', () => socket.resetAndDestroy());
    };
    assert.doesNotMatch((await offences(reset, getCase('/docs'))).join(), /no response/);
  });

  it('finds that the host has died', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    let death: string | undefined;
    const exited = once(child, 'exit').then(([, signal]) => {
      death = `died of ${signal}`;
    });
    child.kill('SIGKILL');
    await exited;
    assert.deepEqual(await offences(resetBeforeHeaders, getCase('/docs'), () => death), ['died of SIGKILL']);
  });

  it('finds a valid source that does not play, and invalid audio', async () => {
    const media = { mustPlay: true, asked: { output_format: 'opus', sample_rate: 48_000, channels: 2 } } as const;
    const refused = errorAnswer(415, 'UNSUPPORTED_FORMAT');
    assert.match((await offences(refused, getCase('/transcode', media))).join(), /did not play: status 415/);
    const described = Object.keys(DOCUMENT.paths['/transcode']?.['post']?.responses[200]?.headers ?? {});
    const headers = Object.fromEntries(described.map((name) => [name, 'a']));
    const noise = answer(200, { 'content-type': 'audio/ogg', ...headers }, 'OggS and no more');
    assert.match((await offences(noise, getCase('/transcode', media))).join(), /does not decode/);
  });
});

describe('the output of a host', () => {
  const line = (fields: object) => JSON.stringify({ level: 'info', msg: 'transcode', ...fields });

  it('is valid when it is its log', () => {
    assert.equal(
      findingOf(line({ outcome: 'failed', code: 'FFMPEG_ERROR', details: { exit_code: 1, signal: null } })),
      undefined,
    );
    assert.equal(findingOf(line({ details: { signal: 'SIGKILL' } })), undefined);
  });

  it('is a finding when ffmpeg crashed, a defect was logged, or it is not a log', () => {
    const crash = findingOf(line({ request_id: 'r', details: { signal: 'SIGSEGV', log: ['a'] } }));
    assert.deepEqual(crash, { offence: 'ffmpeg crashed (SIGSEGV): a', requestId: 'r' });
    assert.match(findingOf(line({ details: { exit_code: 134 } }))?.offence ?? '', /exit code 134/);
    assert.match(findingOf(line({ level: 'error', err: { stack: 'Error: x' } }))?.offence ?? '', /Error: x/);
    assert.match(findingOf('(node:1) MaxListenersExceededWarning')?.offence ?? '', /the host printed/);
  });

  it('is read line by line as it arrives', () => {
    let printed = 'a\nb';
    const read = newLines(() => printed);
    assert.deepEqual(read(), ['a']);
    assert.deepEqual(read(), []);
    printed += 'c\nd\n';
    assert.deepEqual(read(), ['bc', 'd']);
  });
});
