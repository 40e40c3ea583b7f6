import assert from 'node:assert/strict';
import { describe, it, type MockTracker } from 'node:test';
import { setImmediate as settled } from 'node:timers/promises';
import { AudioStream } from '../../../client/audio-stream.ts';
import type { Leg, Via } from '../../../client/legs/leg.ts';
import { legUnits } from '../../../client/stream/leg-units.ts';
import { createProgressDeadline } from '../../../client/stream/progress-deadline.ts';
import { createReaderWait } from '../../../client/stream/reader-wait.ts';
import { createRealTime } from '../../../client/stream/real-time.ts';
import { TIMEOUTS } from '../../../client/stream/timeouts.ts';
import { createPcmJoiner } from '../../../client/units/pcm-joiner.ts';

const NEVER = new Promise<never>(() => undefined);
const CHUNK = Buffer.alloc(4);

/** A stream whose audio arrives when the test decides, with mocked time. */
function scene() {
  const time = { now: 0 };
  const reader = createReaderWait(() => time.now);
  const gates = [Promise.withResolvers<Buffer>(), Promise.withResolvers<Buffer>()];
  async function* audio() {
    for (const { promise } of gates) yield await promise;
    await NEVER;
  }
  const continuous = {
    audio,
    setFilters: () => NEVER,
    filters: () => ({ speed: 1, pitch: 0, volume: 1 }),
    closing: () => CHUNK,
    leg: () => ({ via: 'service', id: 'x' }) as const,
    positionSeconds: () => 0,
  };
  const abort = new AbortController();
  const stream = new AudioStream({ id: 'x', continuous, audio: audio(), first: CHUNK, abort, reader });
  return { stream, reader, time, give: (index: number) => gates[index]?.resolve(CHUNK) };
}

describe('A reader', { timeout: 30_000 }, () => {
  it('that is slow to read its audio does not wait', async () => {
    const { stream, reader, time, give } = scene();
    const chunks = stream[Symbol.asyncIterator]();
    time.now += 1_000;
    await chunks.next();
    time.now += 1_000;
    assert.equal(reader.clock(), 0);
    const second = chunks.next();
    await settled();
    time.now += 10;
    assert.equal(reader.clock(), 10);
    give(0);
    await second;
    time.now += 1_000;
    assert.equal(reader.clock(), 10);
  });

  it('in flowing mode waits until it pauses', async () => {
    const { stream, reader, time, give } = scene();
    let heard = 0;
    stream.on('data', () => {
      heard += 1;
    });
    while (heard < 1) await settled();
    await settled();
    time.now += 10;
    give(0);
    while (heard < 2) await settled();
    time.now += 10;
    assert.equal(reader.clock(), 20);
    stream.pause();
    give(1);
    await settled();
    time.now += 1_000;
    assert.equal(reader.clock(), 20);
    stream.resume();
    while (heard < 3) await settled();
    await settled();
    time.now += 10;
    assert.equal(reader.clock(), 30);
  });
});

/** A leg whose audio and whose reader's waits the test controls, with mocked timers. */
function played(
  via: Via,
  { mock, findRival = async () => false }: { mock: MockTracker; findRival?: () => Promise<boolean> },
) {
  mock.timers.enable({ apis: ['setTimeout'] });
  const time = { now: 0 };
  const second = Promise.withResolvers<IteratorResult<Uint8Array>>();
  const answers = [Promise.resolve({ done: false, value: CHUNK } as const), second.promise];
  const leg: Leg = {
    via,
    id: 'x',
    chunks: { next: () => answers.shift() ?? NEVER },
    setFilters: () => NEVER,
    wasStopped: async () => false,
    stop: async () => undefined,
  };
  const units = legUnits(leg, {
    joiner: createPcmJoiner(2),
    unitMs: 1,
    reserveMs: 0,
    timeouts: { ...TIMEOUTS, silenceMs: 100 },
    deadline: createProgressDeadline(() => 1_000_000),
    realTime: createRealTime(),
    readerClock: () => time.now,
    skippingMs: () => 0,
    findRival,
    stopped: new AbortController().signal,
  });
  return {
    units,
    give: () => second.resolve({ done: false, value: CHUNK }),
    /** Advances the time without audio. */
    async pass(ms: number, { waits }: { waits: boolean }) {
      if (waits) time.now += ms;
      mock.timers.tick(ms);
      await settled();
    },
  };
}

describe('Silence', { timeout: 30_000 }, () => {
  it('counts only while the reader has no audio', async ({ mock }) => {
    const { units, give, pass } = played('service', { mock });
    await units.next();
    const next = units.next();
    for (let round = 0; round < 5; round += 1) await pass(150, { waits: false });
    await pass(99, { waits: true });
    give();
    assert.equal((await next).done, false);
    const last = assert.rejects(units.next(), { code: 'TIMEOUT', details: { part: 'service', reason: 'silent' } });
    await pass(100, { waits: true });
    await last;
  });

  it('of the local ffmpeg is tolerated for a limited time while the service is down', async ({ mock }) => {
    let isBack = false;
    const { units, pass } = played('fallback', { mock, findRival: async () => isBack });
    await units.next();
    const next = assert.rejects(units.next(), { code: 'TIMEOUT', details: { part: 'fallback', reason: 'silent' } });
    for (let round = 0; round < 5; round += 1) await pass(100, { waits: true });
    isBack = true;
    await pass(100, { waits: true });
    await next;
  });
});
