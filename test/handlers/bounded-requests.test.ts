import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ROUTES } from '#lib/api/routes.ts';
import { queryFields } from '#lib/http/query.ts';
import type { RouteEntry } from '#lib/http/route-entry.ts';
import { createTokens } from '#lib/identity/tokens/tokens.ts';
import { HOSTILE_VALUES } from '../../bench/fuzz/hostile-values.ts';
import { readService } from '../../local/emulator/definition/service.ts';
import { matchUrlRoute } from '../../local/emulator/definition/url-routes.ts';
import { createEmulator } from '../../local/emulator/emulator.ts';
import { toFunctionUrlEvent } from '../../local/emulator/http/event.ts';
import { claims, JWT_SECRET, rawToken, tokenOf } from '../support/jwt.ts';

/** Most time that the event loop may spend on one request, ms. */
const LONGEST_MS = 5;
/** Requests whose mean is measured: the clock of a thread's CPU time ticks in steps of up to 10 ms. */
const BATCH = 20;
/** Batches of which the best one counts: the first ones run code that is not compiled yet. */
const BATCHES = 30;
const BODY_BYTES = 65_536;
/** Node's limit for the request line and all headers, less what a client adds to them. */
const HEAD_BYTES = 16_000;
const LARGEST_ERROR = 4_096;
const SOURCE_URL_LENGTH = 8_192;

/** An open service, so that every route reads its request. */
Object.assign(process.env, {
  LOG_LEVEL: 'info',
  DATABASE_URL: '',
  HOST: '127.0.0.1',
  AUTHENTICATION: 'auto',
  RATE_LIMIT_PER_CALLER: '1000000',
  RATE_LIMIT_PER_ADDRESS: '1000000',
  RATE_LIMIT_BAD_CREDENTIALS: '1000000',
});
const service = await readService(fileURLToPath(new URL('../../serverless.yml', import.meta.url)));
const emulator = createEmulator({ service, limits: 'host' });
after(async () => {
  const { services } = await import('#lib/function-process.ts');
  await services.shutDown();
  await emulator.close();
});

type Asked = {
  readonly method: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
};

type Answered = { readonly statusCode: number; readonly bytes: number };

/** Answers a request in this process, as the local host does. */
async function answer({ method, target, headers = {}, body }: Asked): Promise<Answered | undefined> {
  const name = matchUrlRoute(service.routes, target.split('?')[0] ?? '');
  if (name === undefined) return undefined;
  const event = toFunctionUrlEvent({
    method,
    target,
    httpVersion: '1.1',
    rawHeaders: Object.entries({ host: '127.0.0.1:8090', ...headers }).flat(),
    body: typeof body === 'string' ? Buffer.from(body) : body,
    sourceIp: '127.0.0.1',
    urlId: name,
    requestId: 'request',
    timeEpoch: 0,
  });
  const { statusCode, body: answered } = await emulator.invoke(name, event);
  return { statusCode, bytes: (await text(answered)).length };
}

/** Fails when the event loop works longer on the request, or when an error repeats much of it. */
async function assertBounded(name: string, asked: Asked): Promise<void> {
  await assertBrief(name, async () => {
    const { statusCode, bytes } = (await answer(asked)) ?? { statusCode: 200, bytes: 0 };
    assert.notEqual(statusCode, 500, name);
    if (statusCode >= 400) assert.ok(bytes <= LARGEST_ERROR, `${name}: the error has ${bytes} bytes`);
  });
}

/**
 * Runs a task once, and compares the time that the event loop was busy. Only when it was too long, which may be due to
 * other work of the machine, is the CPU time of this thread measured.
 */
async function assertBrief(name: string, task: () => Promise<unknown>): Promise<void> {
  const idle = performance.eventLoopUtilization();
  await task();
  let best = performance.eventLoopUtilization(idle).active;
  for (let batch = 0; batch < BATCHES && best > LONGEST_MS; batch += 1) {
    const before = process.threadCpuUsage();
    for (let run = 0; run < BATCH; run += 1) await task();
    const { user, system } = process.threadCpuUsage(before);
    best = (user + system) / 1_000 / BATCH;
  }
  assert.ok(best <= LONGEST_MS, `${name}: ${best.toFixed(1)} ms of event loop`);
}

const ALL: readonly RouteEntry[] = Object.values(ROUTES).flatMap((table): RouteEntry[] => Object.values(table));
const pathOf = ({ path }: RouteEntry): string => path.replaceAll(/\{\w+\}/g, '0198f3c2-6d1e-7a54-9c0b-2f6f1c1f7a10');

describe('a body at the size limit takes at most 5 ms of event loop and gets a short error', () => {
  for (const route of ALL.filter(({ body }) => body !== undefined)) {
    const { method, body } = route;
    const schema = z.toJSONSchema(body?.shown ?? body?.schema ?? z.never(), { io: 'input' });
    const asked = { method, target: pathOf(route), headers: { 'content-type': 'application/json' } };
    const fields = ['unknown', ...Object.keys(schema.properties ?? {})];
    it(`${method} ${route.path}`, async () => {
      for (const [kind, write] of Object.entries(HOSTILE_VALUES)) {
        await assertBounded(kind, { ...asked, body: write(BODY_BYTES) });
        for (const field of fields) await assertBounded(`${field}: ${kind}`, { ...asked, body: within(field, write) });
      }
    });
    const { maxBytes = 0 } = body?.large ?? {};
    if (maxBytes === 0) continue;
    it(`${method} ${route.path}, whose larger body is read in a thread`, async () => {
      for (const [kind, write] of LARGE_VALUES) {
        await assertBounded(`inputs: ${kind}`, { ...asked, body: Buffer.from(within('inputs', write, maxBytes)) });
      }
    });
  }

  it('also with the longest source URL that is accepted', async () => {
    const asked = { method: 'POST', target: '/transcode', headers: { 'content-type': 'application/json' } };
    for (const unit of ['["%25', '%2525', '\\', 'token=a&', '://a:b@c/?', 'eyJa.b', 'a', '/', '.', '🎧', '\u0000']) {
      for (const [start, end] of [
        ['http://127.0.0.1:9/', ''],
        ['http://127.0.0.1:9/?', ''],
        ['http://', '@127.0.0.1:9/'],
        ['http://', '/'],
        ['s3://media/', ''],
        ['', ''],
      ] as const) {
        const url = start + fill(unit, SOURCE_URL_LENGTH - 100) + end;
        const body = JSON.stringify({ source_url: url, output_format: 'opus' });
        await assertBounded(url.slice(0, 40), { ...asked, body });
      }
    }
  });

  it('also as a form', async () => {
    const asked = { method: 'POST', target: '/oauth/token', headers: { 'content-type': FORM } };
    for (const unit of ['&a', '&', '=', 'a=%25&', '%25', '+', '%', '["%25']) {
      await assertBounded(unit, { ...asked, body: fill(unit, BODY_BYTES) });
      await assertBounded(`grant_type: ${unit}`, { ...asked, body: `grant_type=${fill(unit, BODY_BYTES - 11)}` });
      await assertBounded(`client_secret: ${unit}`, {
        ...asked,
        body: `grant_type=client_credentials&client_secret=${fill(unit, BODY_BYTES - 50)}`,
      });
    }
  });
});

/** What the event loop does with a large body depends on its characters and on the number of its values alone. */
const LARGE_VALUES = Object.entries(HOSTILE_VALUES).filter(([kind]) =>
  ['a text of emoji', 'a text of one letter', 'a text of escapes', 'a list of zeros', 'deep lists'].includes(kind),
);

/** Writes a body with one field. */
function within(field: string, write: (bytes: number) => string, bytes = BODY_BYTES): string {
  const [start, end] = [`{"${field}":`, '}'];
  return `${start}${write(bytes - start.length - end.length)}${end}`;
}

const FORM = 'application/x-www-form-urlencoded';
const UNITS = ['[%22%2525', '%5B', '%', 'a', ',', ';', '/', ' ,', '%F0%9F%8E%A7', 'token=a&', '://a:b@c/'];

describe('a request line or header at the size limit takes at most 5 ms of event loop and gets a short error', () => {
  for (const route of ALL) {
    const { method, path, query } = route;
    it(`${method} ${path}`, async () => {
      const asked = { method, target: pathOf(route), body: route.body && '{}' };
      const fields = query === undefined ? [] : queryFields(query).map(({ name }) => name);
      for (const unit of UNITS) {
        await assertBounded(`path: ${unit}`, { ...asked, target: `${path.split('{')[0]}${fill(unit, HEAD_BYTES)}` });
        for (const field of ['unknown', ...fields]) {
          const target = `${asked.target}?${field}=${fill(unit, HEAD_BYTES)}`;
          await assertBounded(`query: ${field}=${unit}`, { ...asked, target });
        }
      }
      for (const unit of ['&a', '&', 'a=&', 'filters.a=1&']) {
        await assertBounded(`query: ${unit}`, { ...asked, target: `${asked.target}?${fill(unit, HEAD_BYTES)}` });
      }
      for (const [name, values] of Object.entries(HEADERS)) {
        for (const value of values) {
          const headers = { [name]: value };
          await assertBounded(`${name}: ${value.slice(0, 20)}`, { ...asked, headers });
        }
      }
    });
  }

  it('whatever token is sent to a service that checks tokens', async () => {
    const tokens = createTokens({ secret: JWT_SECRET, remoteKeys: undefined, issuer: undefined, audience: undefined });
    const padded = 'a'.repeat(8_000);
    for (const token of [
      await tokenOf(claims({ padded })),
      rawToken({ alg: 'HS256', padded }, {}, 'signature'),
      rawToken({ alg: 'HS256' }, claims({ padded }), 'signature'),
      'a.'.repeat(8_000),
      'a'.repeat(16_000),
    ]) {
      await assertBrief(token.slice(0, 20), () => tokens.verify(token).catch(() => undefined));
    }
  });
});

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  authorization: ['Bearer a', 'Bearer .', 'Basic YTpi', 'Bearer eyJ.', 'Basic  ', 'x '].map(
    (unit) => unit + fill(unit.slice(7) || unit, HEAD_BYTES),
  ),
  'x-api-key': ['ffk_', ' ', '["%25'].map((unit) => fill(unit, HEAD_BYTES)),
  accept: [',', ';', 'text/html,', 'a;q=0;'].map((unit) => fill(unit, HEAD_BYTES)),
  'accept-encoding': [',', ';'].map((unit) => fill(unit, HEAD_BYTES)),
  cookie: [';', 'a=b;', '["%25'].map((unit) => fill(unit, HEAD_BYTES)),
  origin: ['a', '["%25', 'http://'].map((unit) => fill(unit, HEAD_BYTES)),
  'x-forwarded-for': [',', '127.0.0.1,'].map((unit) => fill(unit, HEAD_BYTES)),
  'content-type': ['a', 'application/json;', 'application/a+'].map((unit) => fill(unit, HEAD_BYTES)),
  'last-event-id': ['1', '["%25'].map((unit) => fill(unit, HEAD_BYTES)),
  host: ['a', '[', ':1', '1.'].map((unit) => fill(unit, HEAD_BYTES)),
};

function fill(unit: string, bytes: number): string {
  return unit.repeat(Math.floor(bytes / Buffer.byteLength(unit)));
}
