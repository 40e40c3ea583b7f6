import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { decode, secondsOf } from '../support/audio.ts';
import { eventually } from '../support/eventually.ts';
import { type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { claims, tokenOf } from '../support/jwt.ts';
import { createMediaFolder, tone } from '../support/media.ts';
import { startPostgres } from '../support/postgres.ts';
import { type Implementation, type Whole, whole } from './implementation.ts';
import { conformance } from './implementations.ts';
import { type Asked, authorized, eventOf } from './sample-events.ts';

const SECONDS = 2;
let flac: Buffer;

before(async () => {
  await using media = await createMediaFolder();
  flac = await media.make('a.flac', tone(440, SECONDS));
});

conformance((start) => {
  const cleanUp = new AsyncDisposableStack();
  let implementation: Implementation;
  let source: HttpSource;

  before(async () => {
    source = cleanUp.use(await startHttpSource(serve(flac)));
    const postgres = cleanUp.use(await startPostgres());
    implementation = cleanUp.use(await start({ databaseUrl: postgres.url }));
  });
  after(() => cleanUp.disposeAsync());

  async function ask(asked: Asked, functionName = 'transcode'): Promise<Whole> {
    return await whole(await implementation.invoke(functionName, await authorized(eventOf(asked))));
  }

  async function assertHeard({ statusCode, body, end }: Whole): Promise<void> {
    assert.deepEqual([statusCode, end], [200, 'complete'], body.toString('utf8', 0, 300));
    assert.ok(Math.abs(secondsOf(await decode(body)) - SECONDS) < 0.1);
  }

  const good = () => ({ source_url: `${source.origin}/a`, output_format: 'opus' });

  it('accept a body in base64', async () => {
    const body = Buffer.from(JSON.stringify(good())).toString('base64');
    await assertHeard(await ask({ body, isBase64Encoded: true }));
  });

  it('accept a query', async () => {
    await assertHeard(await ask({ query: good() }));
  });

  it('accept letters of all scripts, in a body and in a query', async () => {
    const source_url = `${source.origin}/${encodeURIComponent('søn 日本 🎧')}.flac?title=ночь`;
    await assertHeard(await ask({ body: { ...good(), source_url } }));
    await assertHeard(await ask({ query: { ...good(), source_url } }));
    const [last, secondLast] = source.requests.toReversed().map(({ url }) => url);
    assert.match(decodeURIComponent(String(last)), /^\/søn 日本 🎧\.flac\?title=ночь$/);
    assert.equal(last, secondLast);
  });

  it('send status and headers with an empty body', async () => {
    const headers = { origin: 'https://example.org', 'access-control-request-method': 'POST' };
    const preflight = await ask({ method: 'OPTIONS', headers });
    assert.deepEqual([preflight.statusCode, preflight.body.length, preflight.end], [204, 0, 'complete']);
    assert.equal(preflight.headers['access-control-allow-origin'], '*');
  });

  it('stream the events of a transcode to its end, and have no more for a client that reconnects', async () => {
    const { headers } = await ask({ body: good() });
    const path = `/transcodes/${headers['x-transcode-id']}/events`;
    const events = await ask({ path }, 'transcode-events');
    const text = events.body.toString('utf8');
    assert.deepEqual([events.statusCode, events.end], [200, 'complete'], text);
    assert.equal(events.headers['content-type'], 'text/event-stream');
    const [, last] = /^id: (\d+)\nevent: end$/m.exec(text) ?? [];
    assert.ok(last, text);
    const over = await ask({ path, headers: { 'last-event-id': last } }, 'transcode-events');
    assert.deepEqual([over.statusCode, over.body.length, over.end], [204, 0, 'complete']);
    assert.ok(over.headers['x-request-id']);
  });

  const REFUSALS: Readonly<Record<string, { asked: () => Asked; status: number; code: string }>> = {
    'a body that is not JSON': { asked: () => ({ body: '{' }), status: 400, code: 'INVALID_JSON' },
    'an unknown field': {
      asked: () => ({ body: { ...good(), colour: 1 } }),
      status: 422,
      code: 'VALIDATION_ERROR',
    },
    'an unknown path': { asked: () => ({ path: '/nowhere' }), status: 404, code: 'NOT_FOUND' },
    'a forbidden source': {
      asked: () => ({ body: { ...good(), source_url: 'http://169.254.169.254/latest' } }),
      status: 403,
      code: 'SOURCE_FORBIDDEN',
    },
    'a body that is too large': { asked: () => ({ body: 'x'.repeat(70_000) }), status: 413, code: 'PAYLOAD_TOO_LARGE' },
  };
  for (const [what, { asked, status, code }] of Object.entries(REFUSALS)) {
    it(`refuse ${what} with ${status}`, async () => {
      const answer = await ask(asked());
      assert.deepEqual([answer.statusCode, answer.json().code, answer.end], [status, code, 'complete']);
      assert.equal(answer.headers['content-type'], 'application/json');
      assert.equal(answer.headers['x-request-id'], answer.json().request_id);
    });
  }

  it('do not reuse the credentials of an earlier request', async () => {
    await assertHeard(await ask({ body: good() }));
    const anonymous = await whole(await implementation.invoke('transcode', eventOf({ body: good() })));
    assert.deepEqual([anonymous.statusCode, anonymous.headers['www-authenticate']], [401, 'Bearer']);
    const event = eventOf({ body: good() });
    const authorization = `Bearer ${await tokenOf(claims({ scope: 'other' }))}`;
    const scoped = await whole(
      await implementation.invoke('transcode', { ...event, headers: { ...event.headers, authorization } }),
    );
    assert.equal(scoped.statusCode, 403);
    const played = await ask({ body: good() });
    const others = await authorized(eventOf({ path: `/transcodes/${played.headers['x-transcode-id']}` }), 'bob');
    assert.equal((await whole(await implementation.invoke('transcodes', others))).statusCode, 404);
  });

  it('make the record of a transcode available to another function', async () => {
    const { headers } = await ask({ body: good() });
    await eventually(async () => {
      const record = await ask({ path: `/transcodes/${headers['x-transcode-id']}` }, 'transcodes');
      assert.deepEqual([record.statusCode, record.json().state], [200, 'completed'], record.body.toString('utf8'));
    });
  });
});
