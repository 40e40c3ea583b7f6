import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { call, transcode } from '../support/client.ts';
import { assertError } from '../support/error-shape.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { gated } from '../support/gate.ts';
import { type Host, startHost } from '../support/host.ts';
import { serve, startHttpSource } from '../support/http-source.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { play, remove } from '../support/playing.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';

const STREAMS = 4;
/** If the first byte waited for the database, it would wait for its timeout of at least 2 s. */
const NOT_DELAYED_MS = 1_500;
let mp3: Buffer;

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', 10), ['-c:a', 'libmp3lame', '-b:a', '192k']);
});

type Scene = { readonly host: Host; readonly origin: string; open(): void };

/** A host on this database, and a source that holds the second half of `/held` back. */
async function scene(test: TestContext, databaseUrl: string): Promise<Scene> {
  const cleanUp = new AsyncDisposableStack();
  test.after(() => cleanUp.disposeAsync());
  const gate = gated(mp3, Math.round(mp3.length / 2));
  const source = cleanUp.use(
    await startHttpSource((request, response) =>
      (request.url === '/held' ? gate.behave : serve(mp3))(request, response),
    ),
  );
  const host = cleanUp.use(
    await startHost({ SOURCE_ALLOWED_NETWORKS: source.network, DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn' }),
  );
  return { host, origin: source.origin, open: gate.open };
}

async function timed<Result>(work: () => Promise<Result>): Promise<Result> {
  const startedAt = performance.now();
  const result = await work();
  const ms = performance.now() - startedAt;
  assert.ok(ms < NOT_DELAYED_MS, `${ms} ms`);
  return result;
}

/** How the database fails midway, and how it recovers. */
const TROUBLES: Readonly<Record<string, (postgres: Postgres) => { begin(): unknown; end(): unknown }>> = {
  killed: (postgres) => ({ begin: postgres.kill, end: postgres.start }),
  frozen: (postgres) => ({ begin: postgres.freeze, end: postgres.thaw }),
};

describe('when the database', () => {
  let postgres: Postgres;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  for (const [trouble, troubleFor] of Object.entries(TROUBLES)) {
    it(`is ${trouble}, streams continue, and their records are written when it is back`, async (test) => {
      const { begin, end } = troubleFor(postgres);
      const { host, origin, open } = await scene(test, postgres.url);
      const fields = { source_url: `${origin}/held`, output_format: 'opus' };
      const wanted = (await transcode(host, { ...fields, source_url: origin })).body;
      const running = await Promise.all(Array.from({ length: STREAMS }, () => play(host, fields)));
      await eventually(async () => {
        const { items } = (await call(host, '/transcodes?state=streaming')).json();
        assert.equal(items.length, STREAMS);
      });
      // Also after a failure, for the tests that follow.
      test.after(async () => void (await end()));
      await begin();
      const late = await timed(() => play(host, fields));
      const { state } = (await timed(() => call(host, late.path))).json();
      assert.equal(state, 'streaming');
      const quick = await timed(() => transcode(host, { ...fields, source_url: origin }));
      open();
      for (const { whole } of [...running, late]) {
        const { complete, body } = await whole;
        assert.ok(complete);
        assert.deepEqual(body, wanted);
      }
      assert.deepEqual(quick.body, wanted);
      assertError(await call(host, '/transcodes/01931b8a-0000-7000-8000-000000000000'), {
        status: 503,
        code: 'UNAVAILABLE',
        details: { part: 'store' },
      });
      await end();
      // Another process knows only what is in the database.
      await using other = await startHost({ DATABASE_URL: postgres.url, LOG_LEVEL: 'warn' });
      const ids = [...running, late].map(({ id }) => id);
      await eventually(
        async () => {
          for (const id of [...ids, String(quick.headers['x-transcode-id'])]) {
            const { json } = await call(other, `/transcodes/${id}`);
            assert.partialDeepStrictEqual(json(), { state: 'completed', progress: { percent: 100 } });
            assert.equal(json().metrics.bytes, wanted.length);
          }
        },
        { withinMs: 30_000 },
      );
    });
  }

  it('is down from the start, transcodes start and are reported', async (test) => {
    const [port = 0] = await freePorts(1);
    const { host, origin } = await scene(test, `postgres://nobody@127.0.0.1:${port}/nothing`);
    const playing = await timed(() => play(host, { source_url: `${origin}/held`, output_format: 'opus' }));
    const { items, next_cursor } = (await timed(() => call(host, '/transcodes'))).json();
    assert.deepEqual(
      items.map(({ id }: { id: string }) => id),
      [playing.id],
    );
    const behind = await call(host, `/transcodes?cursor=${next_cursor}`);
    assertError(behind, { status: 503, code: 'UNAVAILABLE', details: { part: 'store' } });
    assert.equal((await remove(host, playing)).status, 204);
    await playing.whole;
    assert.equal((await call(host, playing.path)).json().state, 'cancelled');
  });
});
