import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TRANSCODE_RECORD } from '#lib/transcode/record.ts';
import { call } from '../support/client.ts';
import { assertError } from '../support/error-shape.ts';
import { eventually } from '../support/eventually.ts';
import { type Host, startHost } from '../support/host.ts';
import { fallSilent, type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { watchLeaks } from '../support/leaks.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { adjust, type Playing, play, remove } from '../support/playing.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { followEvents } from '../support/server-events.ts';

const cleanUp = new AsyncDisposableStack();
let postgres: Postgres;
let source: HttpSource;
let a: Host;
let b: Host;

before(async () => {
  await using media = await createMediaFolder();
  const mp3 = await media.make('a.mp3', noise('pink', 8), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  postgres = cleanUp.use(await startPostgres());
  source = cleanUp.use(
    await startHttpSource((request, response) => {
      (request.url === '/held' ? fallSilent(mp3.subarray(0, 100_000)) : serve(mp3))(request, response);
    }),
  );
  [a, b] = await Promise.all([startInstance(), startInstance()]);
});
after(() => cleanUp.disposeAsync());

async function startInstance(more: Readonly<Record<string, number>> = {}): Promise<Host> {
  const settings = { SOURCE_ALLOWED_NETWORKS: source.network, DATABASE_URL: postgres.url, LOG_LEVEL: 'warn' };
  return cleanUp.use(await startHost({ ...settings, ...more }));
}

/** A live stream of host A, known to host B. */
async function playOnA(): Promise<Playing> {
  const playing = await play(a, { ...fields(), live: true });
  await eventually(async () => assert.equal((await call(b, playing.path)).status, 200));
  return playing;
}

const fields = (path = '') => ({ source_url: `${source.origin}${path}`, output_format: 'opus' });
const inOrder = (numbers: readonly number[]) =>
  assert.deepEqual(
    numbers,
    numbers.toSorted((one, other) => one - other),
  );

describe('the events of a transcode', { concurrency: true }, () => {
  it('report progress, each filter change and the end, on any host', async () => {
    const playing = await playOnA();
    const followers = await Promise.all([followEvents(a, playing.path), followEvents(b, playing.path)]);
    assert.equal((await adjust(b, playing, { speed: 1.5 })).status, 200);
    assert.equal((await adjust(a, playing, { volume: 0.5 })).status, 200);
    assert.ok((await playing.whole).complete);
    for (const { ended, events } of followers) {
      assert.ok(await ended);
      const of = (type: string) => events.filter(({ event }) => event === type).map(({ data }) => data);
      assert.deepEqual(
        of('filters').map(({ filters }) => [filters.speed, filters.volume]),
        [
          [1.5, 1],
          [1.5, 0.5],
        ],
      );
      assert.ok(of('progress').length >= 3, `${of('progress').length} times`);
      inOrder(of('progress').map(({ position_seconds }) => position_seconds));
      inOrder(events.map(({ id }) => Number(id)));
      assert.equal(events.at(-1)?.event, 'end');
      const [end] = of('end');
      assert.deepEqual(TRANSCODE_RECORD.parse(end), end);
      assert.partialDeepStrictEqual(end, { id: playing.id, state: 'completed', progress: { percent: 100 } });
    }
  });

  it('continue after the last received event without loss or repetition', async () => {
    const playing = await playOnA();
    const first = await followEvents(b, playing.path);
    for (const speed of [1.1, 1.2]) await adjust(a, playing, { speed });
    await eventually(() => assert.equal(first.events.filter(({ event }) => event === 'filters').length, 2));
    first.response.destroy();
    const last = first.events.at(-1)?.id ?? '';
    for (const speed of [1.3, 1.4]) await adjust(a, playing, { speed });
    const second = await followEvents(a, playing.path, { 'last-event-id': last });
    for (const speed of [1.5, 1.6]) await adjust(a, playing, { speed });
    assert.ok((await playing.whole).complete);
    assert.ok(await second.ended);
    const seen = [...first.events, ...second.events].filter(({ event }) => event === 'filters');
    assert.deepEqual(
      seen.map(({ data }) => data.filters.speed),
      [1.1, 1.2, 1.3, 1.4, 1.5, 1.6],
    );
    assert.ok(second.events.every(({ id }) => Number(id) > Number(last)));
    const end = second.events.at(-1)?.id ?? '';
    assert.equal((await call(b, `${playing.path}/events?last_event_id=${end}`)).status, 204);
    assertError(await call(b, `${playing.path}/events?last_event_id=x`), { status: 422, code: 'VALIDATION_ERROR' });
  });

  it('of an ended transcode consist of its end event', async () => {
    const playing = await play(a, fields());
    await playing.whole;
    await eventually(async () => assert.equal((await call(b, playing.path)).json().state, 'completed'));
    const { events, ended } = await followEvents(b, playing.path);
    assert.ok(await ended);
    assert.deepEqual(
      events.map(({ event }) => event),
      ['end'],
    );
  });
});

describe('clients that follow events and disconnect', () => {
  it('leave nothing behind, and the host stops cleanly while others still follow', async () => {
    // One client stays connected from the start, so its resources are not counted as left behind.
    const host = await startInstance({ DATABASE_MAX_CONNECTIONS: 1 });
    const playing = await play(a, fields('/held'));
    await eventually(async () => assert.equal((await call(host, playing.path)).json().state, 'streaming'));
    const leaks = watchLeaks(host);
    const followers = await Promise.all(Array.from({ length: 10 }, () => followEvents(host, playing.path)));
    await eventually(() => assert.ok(followers.every(({ events }) => events.length > 0)));
    for (const { response } of followers) response.destroy();
    await leaks.assertNone();
    const last = await followEvents(host, playing.path);
    host.terminate();
    await last.ended;
    assert.deepEqual(await host.exited, { code: 0, signal: null });
    await remove(a, playing);
    await playing.whole;
  });
});
