import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { v7 as uuid } from 'uuid';
import { TRANSCODE_RECORD } from '#lib/transcode/record.ts';
import { call, open, send, transcode } from '../support/client.ts';
import { assertError } from '../support/error-shape.ts';
import { eventually } from '../support/eventually.ts';
import { type Host, startHost } from '../support/host.ts';
import { answer, fallSilent, type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { claims, JWT_SECRET, tokenOf } from '../support/jwt.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { adjust, play, remove } from '../support/playing.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';

const SECONDS = 10;
const cleanUp = new AsyncDisposableStack();
let postgres: Postgres;
let source: HttpSource;
let host: Host;
let mp3: Buffer;
let aac: Buffer;

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', SECONDS), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  aac = await media.make('a.aac', noise('pink', SECONDS));
  postgres = cleanUp.use(await startPostgres());
  source = cleanUp.use(
    await startHttpSource((request, response) => {
      const behave = {
        '/held': fallSilent(mp3.subarray(0, 100_000)),
        '/silent': fallSilent(),
        '/missing': answer(404),
        '/endless': serve(aac, { chunked: true }),
      };
      const { pathname } = new URL(request.url ?? '', 'http://source');
      (behave[pathname as keyof typeof behave] ?? serve(mp3))(request, response);
    }),
  );
  host = cleanUp.use(await startHost(settings()));
});
after(() => cleanUp.disposeAsync());

const settings = () => ({
  SOURCE_ALLOWED_NETWORKS: source.network,
  DATABASE_URL: postgres.url,
  LOG_LEVEL: 'info',
});

const fields = (path = '') => ({ source_url: `${source.origin}${path}`, output_format: 'opus' });

async function recordOf({ path }: { path: string }, of: Pick<Host, 'url'> = host) {
  const { status, json, body } = await call(of, path);
  assert.equal(status, 200, body.toString());
  return TRANSCODE_RECORD.parse(json());
}

describe('the record of a transcode', () => {
  it('describes it while it streams and after its end', async () => {
    await using other = await startHost(settings());
    const playing = await play(other, { ...fields(), live: true, filters: { speed: 1.25, eq_preset: 'voice' } });
    const streaming = await recordOf(playing, other);
    assert.partialDeepStrictEqual(streaming, {
      id: playing.id,
      state: 'streaming',
      source_format: 'mp3/mp3',
      output_format: 'opus',
      live: true,
      adjust: ['speed', 'equalizer', 'volume'],
      filters: { speed: 1.25, pitch: 0, eq_preset: 'voice', volume: 1 },
      error: null,
      cancelled_by: null,
      ended_at: null,
    });
    assert.ok(Number(streaming.metrics.first_byte_ms) > 0);
    assert.ok(Math.abs(Date.now() - Date.parse(streaming.created_at)) < 10_000);
    await eventually(async () => assert.ok((await recordOf(playing, other)).progress.position_seconds > 3));
    const { complete, body } = await playing.whole;
    assert.ok(complete);
    const ended = await eventually(async () => {
      const record = await recordOf(playing, other);
      assert.equal(record.state, 'completed');
      return record;
    });
    assert.equal(ended.metrics.bytes, body.length);
    assert.equal(ended.progress.percent, 100);
    assert.ok(Math.abs(ended.progress.position_seconds - SECONDS) < 0.2, `${ended.progress.position_seconds} s`);
    assert.ok(Math.abs((ended.progress.duration_seconds ?? 0) - SECONDS) < 0.2);
    assert.ok(Number(ended.metrics.cpu_seconds) > 0);
    // The record in the database is the same.
    await eventually(async () => assert.deepEqual(await recordOf(playing), ended));
  });

  it('has a percentage that never decreases, and none while the duration is unknown', async () => {
    const known = await play(host, { ...fields(), live: true });
    const unknown = await play(host, { ...fields('/endless'), live: true });
    const percents: number[] = [];
    await eventually(async () => {
      const [one, other] = await Promise.all([recordOf(known), recordOf(unknown)]);
      percents.push(one.progress.percent ?? 0);
      assert.equal(other.progress.percent, null);
      assert.equal(other.progress.duration_seconds, null);
      assert.ok(one.progress.position_seconds > 4 && other.progress.position_seconds > 4);
    });
    assert.deepEqual(
      percents,
      percents.toSorted((one, other) => one - other),
    );
    assert.ok(Number(percents.at(-1)) > 30 && Number(percents.at(-1)) < 100);
    await Promise.all([remove(host, known), remove(host, unknown), known.whole, unknown.whole]);
  });

  it('contains the error of a failed one, without secrets', async () => {
    const failed = await transcode(host, { ...fields('/missing?token=geheim'), output_format: 'pcm' });
    assert.equal(failed.status, 502);
    const { items } = (await call(host, '/transcodes?limit=1')).json();
    const { state, error, metrics, ended_at } = TRANSCODE_RECORD.parse(items[0]);
    assert.equal(state, 'failed');
    assert.equal(error?.code, 'DOWNLOAD_FAILED');
    assert.equal(error?.details['status'], 404);
    assert.deepEqual(Object.keys(error ?? {}).toSorted(), ['code', 'details', 'message', 'recoverable']);
    assert.equal(metrics.first_byte_ms, null);
    assert.ok(ended_at);
    assert.doesNotMatch(JSON.stringify(items), /geheim/);
  });

  it('exists before the first byte, and shows that the client has disconnected', async () => {
    const request = send(host, '/transcode', { body: fields('/silent') });
    const id = await eventually(async () => {
      const { items } = (await call(host, '/transcodes?state=opening')).json();
      assert.equal(items.length, 1);
      return items[0].id;
    });
    request.destroy();
    await eventually(async () => {
      const { state, cancelled_by } = await recordOf({ path: `/transcodes/${id}` });
      assert.deepEqual([state, cancelled_by], ['cancelled', 'reader']);
    });
  });

  it('is logged as one line, with its owner', async () => {
    const { id, whole } = await play(host, fields());
    await whole;
    const line = await eventually(() => {
      const lines = host.log().filter((entry) => entry['transcode_id'] === id);
      assert.equal(lines.length, 1);
      return lines[0] ?? {};
    });
    assert.partialDeepStrictEqual(line, { msg: 'transcode', caller: 'local', live: false, outcome: 'completed' });
    for (const timing of ['validated_ms', 'opened_ms', 'spawned_ms', 'first_byte_ms', 'ended_ms']) {
      assert.equal(typeof line[timing], 'number', timing);
    }
  });
});

describe('DELETE /transcodes/{id}', () => {
  it('cuts the stream, sets its state to cancelled, and can be repeated', async () => {
    const playing = await play(host, fields('/held'));
    const { status, body } = await remove(host, playing);
    assert.deepEqual([status, body.length], [204, 0]);
    assert.equal((await playing.whole).complete, false);
    const { state, cancelled_by } = await recordOf(playing);
    assert.deepEqual([state, cancelled_by], ['cancelled', 'request']);
    assert.equal((await remove(host, playing)).status, 204);
  });

  it('stops a transcode before its first byte', async () => {
    const waiting = open(host, '/transcode', { body: fields('/silent') });
    const id = await eventually(async () => {
      const { items } = (await call(host, '/transcodes?state=active')).json();
      assert.equal(items.length, 1);
      return items[0].id;
    });
    await remove(host, { path: `/transcodes/${id}` });
    assert.equal((await waiting).statusCode, 409);
  });
});

describe('PATCH /transcodes/{id}/filters', () => {
  it('validates the body first', async () => {
    const nowhere = { path: `/transcodes/${uuid()}` };
    const wrong = { status: 422, code: 'FILTER_INVALID', details: { field: 'filters.speed', value: 10 } };
    assertError(await adjust(host, nowhere, { speed: 10 }), wrong);
    assertError(await adjust(host, nowhere, { filters: { speed: 10 } }), wrong);
    for (const body of [{}, { filters: {} }, '[]', 'null', { filters: { speed: 1 }, more: 1 }]) {
      assertError(await adjust(host, nowhere, body), { status: 422, code: 'VALIDATION_ERROR' });
    }
    assertError(await adjust(host, nowhere, { speed: 1.5 }), { status: 404, code: 'NOT_FOUND' });
  });

  it('is a CONFLICT for a stream that is not live or has ended', async () => {
    const playing = await play(host, fields('/held'));
    assertError(await adjust(host, playing, { speed: 1.5 }), {
      status: 409,
      code: 'CONFLICT',
      details: { live: false },
    });
    await remove(host, playing);
    await playing.whole;
    const ended = { status: 409, code: 'CONFLICT', details: { state: 'cancelled' } };
    assertError(await adjust(host, playing, { speed: 1.5 }), ended);
  });
});

describe('the transcode of another caller', () => {
  it('is reported exactly like one that does not exist', async () => {
    await using guarded = await startHost({ ...settings(), JWT_SECRET });
    const as = async (sub: string) => ({ authorization: `Bearer ${await tokenOf(claims({ sub }))}` });
    const [ann, bob] = [await as('ann'), await as('bob')];
    const playing = await play(guarded, fields('/held'), { headers: ann });
    const never = { path: `/transcodes/${uuid()}` };
    for (const { path } of [playing, never, { path: '/transcodes/1' }]) {
      const asked = [
        await call(guarded, path, { headers: bob }),
        await call(guarded, path, { method: 'DELETE', headers: bob }),
        await call(guarded, `${path}/filters`, { method: 'PATCH', headers: bob, body: { speed: 1.5 } }),
        await call(guarded, `${path}/events`, { headers: bob }),
      ];
      for (const refused of asked) {
        assertError(refused, { status: 404, code: 'NOT_FOUND' });
        assert.deepEqual(
          { ...refused.json(), request_id: '' },
          { code: 'NOT_FOUND', message: 'no such transcode exists', details: {}, recoverable: false, request_id: '' },
        );
      }
    }
    const listed = async (headers: Record<string, string>) =>
      (await call(guarded, '/transcodes?state=active', { headers })).json().items.map(({ id }: { id: string }) => id);
    assert.deepEqual(await listed(bob), []);
    assert.deepEqual(await listed(ann), [playing.id]);
    assert.equal((await call(guarded, playing.path, { headers: ann })).json().state, 'streaming');
    assert.equal((await call(guarded, playing.path, { method: 'DELETE', headers: ann })).status, 204);
    await playing.whole;
  });
});

describe('without a database', () => {
  it('a process returns the records in its memory', async () => {
    await using alone = await startHost({ SOURCE_ALLOWED_NETWORKS: source.network });
    const playing = await play(alone, fields());
    assert.equal((await call(alone, playing.path)).json().id, playing.id);
    await playing.whole;
    await eventually(async () => assert.equal((await recordOf(playing, alone)).state, 'completed'));
    assert.deepEqual((await call(alone, '/transcodes?state=completed')).json().items.length, 1);
    assertError(await call(alone, `/transcodes/${uuid()}`), { status: 404, code: 'NOT_FOUND' });
    assertError(await call(alone, `${playing.path}/events`), {
      status: 503,
      code: 'UNAVAILABLE',
      details: { part: 'store' },
    });
  });
});
