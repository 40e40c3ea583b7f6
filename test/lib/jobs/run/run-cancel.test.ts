import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AttemptStopped, type StopKind } from '#lib/jobs/run/attempt-stopped.ts';
import { openResults } from '#lib/storage/results/results.ts';
import { createS3 } from '#lib/storage/s3-client.ts';
import { eventually } from '../../../support/eventually.ts';
import { fallSilent, startSilentListener } from '../../../support/http-source.ts';
import { childrenOf } from '../../../support/leaks.ts';
import { makeTone } from '../../sources/support/media.ts';
import { type AttemptOptions, makeFilm, NOTHING_LEFT, openWorkshop, type Workshop } from './support/workshop.ts';

const HANGS = new URL('../../ffmpeg/fakes/hangs', import.meta.url).pathname;
/** The time in which everything must be free again, ms. */
const WITHIN_MS = 2_000;

let workshop: Workshop;
let film: Buffer;

before(async () => {
  workshop = await openWorkshop();
  film = makeFilm(20);
});
after(async () => await workshop?.[Symbol.asyncDispose]());

type Ready = (stop: () => void) => AttemptOptions;

/** Starts an attempt, stops it when `ready` calls back, and checks that it ends in time and leaves nothing. */
async function stopped(request: unknown, ready: Ready, kind: StopKind = 'cancelled') {
  const abort = new AbortController();
  let stoppedAt = Number.POSITIVE_INFINITY;
  const stop = (): void => {
    stoppedAt = Math.min(stoppedAt, performance.now());
    abort.abort(new AttemptStopped(kind));
  };
  const ran = await workshop.run(request, { ...ready(stop), signal: abort.signal });
  const ms = performance.now() - stoppedAt;
  assert.ok(ms < WITHIN_MS, `${ms} ms`);
  assert.deepEqual(ran.outcome, { kind });
  assert.deepEqual(workshop.left(), NOTHING_LEFT);
  return ran;
}

/** Stops once a child process runs in this phase. */
function onceRunning(phase: string, more: AttemptOptions = {}): Ready {
  return (stop) => ({
    ...more,
    onProgress(progress) {
      if (progress.phase !== phase) return;
      void eventually(() => assert.ok(childrenOf(process.pid).length > 0)).then(stop, () => undefined);
    },
  });
}

/** A request whose output has several parts: a minute of sound. */
function largeSound() {
  const inputs = { a: workshop.input('tone', makeTone('a.flac')) };
  const clips = Array.from({ length: 20 }, () => 'a');
  return { inputs, steps: [{ op: 'concat', inputs: clips }], output: { format: 'wav' } };
}

const large = { format: 'mp4', width: 1_920, height: 1_080, quality: 'high' };

for (const kind of ['cancelled', 'handed_back'] as const) {
  describe(`an attempt that is ${kind}`, () => {
    it('while it fetches ends in time and leaves nothing', async () => {
      const inputs = { a: workshop.input('a', film), b: workshop.input('b', fallSilent(film.subarray(0, 30_000))) };
      const request = { inputs, steps: [{ op: 'concat', inputs: ['a', 'b'] }], output: { format: 'mp4' } };
      await stopped(request, (stop) => ({ onProgress: ({ progress }) => progress !== undefined && stop() }), kind);
    });

    it('while it probes ends in time and leaves nothing', async () => {
      const request = { inputs: { a: workshop.input('a', film) }, output: { format: 'mp4' } };
      await stopped(request, onceRunning('probing', { ffprobe: HANGS }), kind);
    });

    it('while it encodes ends in time and leaves nothing', async () => {
      const request = { inputs: { a: workshop.input('a', film) }, output: large };
      const ran = await stopped(request, onceRunning('encoding'), kind);
      assert.match(ran.command, /^ffmpeg /);
    });

    it('while it uploads ends in time and leaves nothing', async () => {
      const ran = await stopped(
        largeSound(),
        (stop) => ({ onObject: ({ uploadId }) => void (uploadId !== undefined && setImmediate(stop)) }),
        kind,
      );
      assert.equal(ran.objects.length, 2);
    });
  });
}

describe('an attempt that is cancelled', () => {
  for (const [name, request] of [
    ['one object', () => ({ inputs: { a: workshop.input('a', film) }, output: { format: 'jpg' } })],
    ['an object in parts', () => largeSound()],
  ] as const) {
    it(`while the storage does not respond to ${name} ends in time`, async () => {
      await using silent = await startSilentListener();
      const s3 = createS3({ ...workshop.server.options, endpoint: `http://127.0.0.1:${silent.port}` }, 30_000);
      const results = openResults({ s3, bucket: 'results', urlSeconds: 60, timeoutMs: 30_000 });
      await stopped(request(), (stop) => ({ results, onObject: () => void setImmediate(stop) }));
      s3.close();
    });
  }

  it('deletes the files that it has uploaded', async () => {
    const outputs = [{ format: 'png' }, { format: 'jpg' }];
    const request = { inputs: { a: workshop.input('a', film) }, outputs };
    let stored = 0;
    await stopped(request, (stop) => ({
      onObject({ key }) {
        if (!key.endsWith('.jpg')) return;
        stored = workshop.left().stored.length;
        stop();
      },
    }));
    assert.ok(stored > 0);
  });

  it('before it begins does nothing', async () => {
    const signal = AbortSignal.abort(new AttemptStopped('cancelled'));
    const ran = await workshop.run({ inputs: { a: workshop.input('a', film) }, output: { format: 'jpg' } }, { signal });
    assert.deepEqual(ran.outcome, { kind: 'cancelled' });
    assert.deepEqual(workshop.left(), NOTHING_LEFT);
  });
});
