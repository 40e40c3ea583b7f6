import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { call } from '../support/client.ts';
import { assertError } from '../support/error-shape.ts';
import { eventually } from '../support/eventually.ts';
import { type Host, startHost } from '../support/host.ts';
import { type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { childrenOf, gone } from '../support/leaks.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { adjust, type Playing, play, remove } from '../support/playing.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';

const cleanUp = new AsyncDisposableStack();
let postgres: Postgres;
let source: HttpSource;
let a: Host;
let b: Host;

before(async () => {
  await using media = await createMediaFolder();
  const mp3 = await media.make('a.mp3', noise('pink', 60), ['-c:a', 'libmp3lame', '-b:a', '128k']);
  postgres = cleanUp.use(await startPostgres());
  source = cleanUp.use(await startHttpSource(serve(mp3)));
  [a, b] = await Promise.all([startInstance(), startInstance()]);
});
after(() => cleanUp.disposeAsync());

async function startInstance(): Promise<Host> {
  const settings = { SOURCE_ALLOWED_NETWORKS: source.network, DATABASE_URL: postgres.url, LOG_LEVEL: 'warn' };
  return cleanUp.use(await startHost(settings));
}

/** A live stream of host A, known to host B. */
async function playOnA(): Promise<Playing> {
  const playing = await play(a, { source_url: source.origin, output_format: 'opus', live: true });
  await eventually(async () => assert.equal((await call(b, playing.path)).json().state, 'streaming'));
  return playing;
}

describe('a stream of another host', () => {
  it('is adjusted at once, and this host then returns the new filters', async () => {
    const playing = await playOnA();
    const startedAt = performance.now();
    const { status, json } = await adjust(b, playing, { speed: 1.5 });
    assert.ok(performance.now() - startedAt < 2_000, `${performance.now() - startedAt} ms`);
    assert.equal(status, 200);
    assert.equal(json().filters.speed, 1.5);
    assert.ok(json().applied_at_sample > 0);
    await eventually(async () => assert.equal((await call(b, playing.path)).json().filters.speed, 1.5));
    await remove(a, playing);
    await playing.whole;
  });

  it('is refused with the same errors as on its own host', async () => {
    const playing = await playOnA();
    for (const change of [{ pitch: 1 }, { speed: 10 }, {}]) {
      const [own, other] = await Promise.all([adjust(a, playing, change), adjust(b, playing, change)]);
      assert.ok(own.status >= 400);
      assert.deepEqual({ ...other.json(), request_id: '' }, { ...own.json(), request_id: '' });
    }
    await remove(a, playing);
    await playing.whole;
  });

  it('is cut when it is deleted, and its state becomes cancelled', async () => {
    const playing = await playOnA();
    assert.equal((await remove(b, playing)).status, 204);
    const { state, cancelled_by } = (await call(b, playing.path)).json();
    assert.deepEqual([state, cancelled_by], ['cancelled', 'request']);
    assert.equal((await playing.whole).complete, false);
    assert.equal((await remove(b, playing)).status, 204);
    const conflict = { status: 409, code: 'CONFLICT', details: { state: 'cancelled' } };
    assertError(await adjust(b, playing, { speed: 1 }), conflict);
  });

  it('that was killed leaves no ffmpeg, and this host closes the records of its streams', async () => {
    const dying = await startInstance();
    const playing = await play(dying, { source_url: source.origin, output_format: 'aac', live: true });
    await eventually(async () => assert.equal((await call(b, playing.path)).json().state, 'streaming'));
    const children = childrenOf(dying.pid).map(({ pid }) => pid);
    assert.equal(children.length, 1);
    dying.kill();
    assert.equal((await playing.whole).complete, false);
    await gone(children, 2_000);
    const record = await eventually(
      async () => {
        const asked = (await call(b, playing.path)).json();
        assert.equal(asked.state, 'failed');
        return asked;
      },
      { withinMs: 30_000 },
    );
    assert.equal(record.error.code, 'UNAVAILABLE');
    assert.equal(record.error.details.reason, 'instance_gone');
    assert.ok(record.ended_at);
    assertError(await adjust(b, playing, { speed: 1 }), {
      status: 409,
      code: 'CONFLICT',
      details: { state: 'failed' },
    });
  });
});
