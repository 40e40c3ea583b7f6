import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { merge } from '#lib/playback/filter-patch.ts';
import type { FilterPatch, Filters } from '#lib/playback/settings.ts';
import type { Leg, Via } from '../../../client/legs/leg.ts';
import { checkedSettings, type TranscodeRequest } from '../../../client/request.ts';
import { openContinuous } from '../../../client/stream/continuous.ts';
import type { FilterChange } from '../../../client/stream/events.ts';
import { createRealTime } from '../../../client/stream/real-time.ts';
import type { ResumePlan } from '../../../client/stream/resume-plan.ts';
import { TIMEOUTS } from '../../../client/stream/timeouts.ts';

const RATE = 8_000;
const SAMPLES = 20 * RATE;
const PIECE = 800;
const BANDS = [1, 2, 3, 4, 5, 5, 4, 3, 2, 1] as const;

/** Yields PCM as planned, in which the value of each sample is its position in the source. */
async function* counted({ settings }: ResumePlan, breakAt = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  const first = Math.round(settings.startAt * RATE);
  const { duration = SAMPLES / RATE } = settings;
  const end = Math.min(SAMPLES, Math.round((settings.startAt + duration) * RATE));
  for (let at = first; at < end; at += PIECE) {
    if (at >= breakAt) throw new AppError('UNAVAILABLE', { part: 'service' });
    const piece = Buffer.alloc(2 * Math.min(PIECE, end - at));
    for (let index = 0; index < piece.length / 2; index += 1) piece.writeUInt16LE((at + index) & 0xffff, index * 2);
    yield piece;
  }
  if (breakAt === end) throw new AppError('UNAVAILABLE', { part: 'service' });
}

function assertWhole(audio: Buffer): void {
  assert.equal(audio.length, SAMPLES * 2);
  for (let index = 0; index < SAMPLES; index += 1) assert.equal(audio.readUInt16LE(index * 2), index & 0xffff);
}

type Script = {
  /** Applies a change. */
  readonly setFilters?: (patch: FilterPatch, leg: number) => Promise<Filters>;
  /** Reports changes by other clients to each leg. */
  readonly follow?: NonNullable<Leg['follow']>;
  /** Called while a leg is being opened. */
  readonly opening?: (leg: number) => void | Promise<void>;
  /** The sample of the source at which a leg is cut. */
  readonly breakAt?: (leg: number) => number | undefined;
  readonly stoppedElsewhere?: boolean;
  readonly request?: Partial<TranscodeRequest>;
};

function start({ setFilters, follow, opening, breakAt, stoppedElsewhere = false, request = {} }: Script) {
  const plans: ResumePlan[] = [];
  const stopped: number[] = [];
  const settings = checkedSettings({
    source_url: 'https://example.org/a',
    output_format: 'pcm',
    sample_rate: RATE,
    channels: 1,
    live: true,
    adjust: ['volume'],
    ...request,
  });
  const continuous = openContinuous({
    settings,
    timeouts: { ...TIMEOUTS, giveUpMs: 500 },
    signal: new AbortController().signal,
    realTime: createRealTime(),
    readerClock: () => performance.now(),
    serial: 1,
    candidates: ['service', 'fallback'],
    isUsable: async () => true,
    onEvent: () => undefined,
    onWorking: () => undefined,
    async openLeg(via: Via, plan: ResumePlan): Promise<Leg> {
      const leg = plans.push(plan) - 1;
      await opening?.(leg);
      return {
        via,
        id: `leg-${leg}`,
        chunks: counted(plan, breakAt?.(leg)),
        async setFilters(patch) {
          if (setFilters === undefined) throw new AppError('CONFLICT', { state: 'completed' });
          return { filters: await setFilters(patch, leg), appliedAtSample: 0 };
        },
        ...(follow === undefined ? {} : { follow }),
        wasStopped: async () => stoppedElsewhere,
        stop: async () => void stopped.push(leg),
      };
    },
  });
  return { continuous, plans, stopped };
}

async function readAll(
  audio: AsyncGenerator<Buffer>,
  onPiece: (count: number) => void | Promise<void> = () => undefined,
) {
  const pieces: Buffer[] = [];
  for await (const piece of audio) {
    pieces.push(piece);
    await onPiece(pieces.length);
  }
  return Buffer.concat(pieces);
}

describe('A continuous stream', () => {
  it('is complete, wherever its legs are cut', async () => {
    for (const place of [1, PIECE, 3 * PIECE, RATE * 7 + 13, SAMPLES - 1]) {
      const { continuous, plans, stopped } = start({ breakAt: (leg) => (leg === 0 ? place : undefined) });
      assertWhole(await readAll(continuous.audio()));
      assert.deepEqual(stopped, [...plans.keys()]);
    }
  });

  it('requests nothing when it is cut after its last sample', async () => {
    for (const start_at of [0, 1.23]) {
      for (const duration of [0.3, 1 / 3, 4]) {
        const end = Math.round((start_at + duration) * RATE);
        const { continuous, plans } = start({
          breakAt: () => end,
          request: { live: false, adjust: undefined, start_at, duration },
        });
        const audio = await readAll(continuous.audio());
        assert.equal(audio.length / 2, end - Math.round(start_at * RATE), `${duration} s from ${start_at} s on`);
        assert.equal(plans.length, 1);
      }
    }
  });

  it('is reopened when its filters change while it is being opened', async () => {
    const { continuous, plans } = start({
      async opening(leg) {
        if (leg === 0) await continuous.setFilters({ volume: 0.5 });
      },
    });
    assertWhole(await readAll(continuous.audio()));
    assert.deepEqual(
      plans.map(({ settings }) => settings.filters.volume),
      [1, 0.5],
    );
  });

  it('continues with another leg that has a change when it is unknown whether the change was applied', async () => {
    const { continuous, plans } = start({
      setFilters: async () => Promise.reject(new AppError('TIMEOUT', { part: 'service' })),
    });
    let changed: Promise<unknown> | undefined;
    const audio = await readAll(continuous.audio(), async (count) => {
      if (count === 5) changed = continuous.setFilters({ volume: 0.25 });
      if (count === 5) await changed;
    });
    assertWhole(audio);
    assert.deepEqual(await changed, { filters: continuous.filters(), applied_at_sample: 5 * PIECE });
    assert.deepEqual(
      plans.map(({ settings }) => settings.filters.volume),
      [1, 0.25],
    );
  });

  it('repeats a change when the leg that applied it has been replaced in the meantime', async () => {
    const gate = Promise.withResolvers<void>();
    const asked: number[] = [];
    const { continuous } = start({
      breakAt: (leg) => (leg === 0 ? 10 * PIECE : undefined),
      async setFilters(patch, leg) {
        asked.push(leg);
        if (leg === 0) await gate.promise;
        return { speed: 1, pitch: 0, volume: patch.volume ?? 1 };
      },
    });
    let change: Promise<unknown> | undefined;
    const audio = await readAll(continuous.audio(), async (count) => {
      if (count === 2) change = continuous.setFilters({ volume: 0.5 });
      if (count !== 30) return;
      gate.resolve();
      await change;
    });
    assertWhole(audio);
    assert.deepEqual(asked, [0, 1]);
    assert.equal(continuous.filters().volume, 0.5);
  });

  it('applies changes one at a time, merges waiting ones, and returns the filters in force to each caller', async () => {
    const gate = Promise.withResolvers<void>();
    const asked: FilterPatch[] = [];
    const { continuous } = start({
      request: { adjust: ['volume', 'equalizer'] },
      async setFilters(patch) {
        asked.push(patch);
        // The first response comes last.
        if (asked.length === 1) await gate.promise;
        return merge({ speed: 1, pitch: 0, volume: 0.25 }, patch);
      },
    });
    const changes: Promise<FilterChange>[] = [];
    await readAll(continuous.audio(), async (count) => {
      if (count === 2) changes.push(continuous.setFilters({ volume: 0.25 }));
      if (count === 3) changes.push(continuous.setFilters({ volume: 0.5, eq_preset: 'voice' }));
      if (count === 4) changes.push(continuous.setFilters({ equalizer: [...BANDS] }));
      if (count !== 30) return;
      gate.resolve();
      await Promise.all(changes);
    });
    assert.deepEqual(asked, [{ volume: 0.25 }, { volume: 0.5, equalizer: BANDS }]);
    const told = await Promise.all(changes);
    const last = { speed: 1, pitch: 0, volume: 0.5, equalizer: BANDS };
    assert.deepEqual(
      told.map(({ filters }) => filters),
      [{ speed: 1, pitch: 0, volume: 0.25 }, last, last],
    );
    assert.deepEqual(continuous.filters(), last);
  });

  it('keeps the order of changes when the leg that applied the first is replaced in the meantime', async () => {
    const gate = Promise.withResolvers<void>();
    const { continuous, plans } = start({
      breakAt: (leg) => (leg === 0 ? 10 * PIECE : undefined),
      async setFilters(patch, leg) {
        if (leg === 0) await gate.promise;
        return merge({ speed: 1, pitch: 0, volume: 1 }, patch);
      },
    });
    const changes: Promise<FilterChange>[] = [];
    await readAll(continuous.audio(), async (count) => {
      if (count === 2) changes.push(continuous.setFilters({ volume: 0.25 }));
      // By then another leg has taken over; the first change is still pending in the previous leg.
      if (count === 20) changes.push(continuous.setFilters({ volume: 0.5 }));
      if (count !== 30) return;
      gate.resolve();
      await Promise.all(changes);
    });
    assert.equal(plans.length, 2);
    assert.equal(continuous.filters().volume, 0.5);
    assert.equal((await changes[1])?.filters.volume, 0.5);
  });

  it('adopts a change by another client: the filters, the position, and the next leg', async () => {
    const tellers: Parameters<NonNullable<Leg['follow']>>[0][] = [];
    const { continuous, plans } = start({
      request: { adjust: ['speed', 'volume'] },
      follow: (teller) => void tellers.push(teller),
      breakAt: (leg) => (leg === 0 ? 40 * PIECE : undefined),
    });
    const filters = { speed: 2, pitch: 0, volume: 0.5 };
    await readAll(continuous.audio(), (count) => {
      if (count === 30) tellers[0]?.({ filters, appliedAtSample: 20 * PIECE });
      if (count === 30) assert.equal(continuous.positionSeconds(), (20 * PIECE + 2 * 10 * PIECE) / RATE);
      if (count === 30) assert.deepEqual(continuous.filters(), filters);
      // From a leg that is no longer current.
      if (count === 45) tellers[0]?.({ filters: { ...filters, volume: 1 }, appliedAtSample: 35 * PIECE });
    });
    assert.equal(tellers.length, 2);
    assert.deepEqual(plans[1]?.settings.filters, filters);
    assert.deepEqual(continuous.filters(), filters);
    // The position of the cut, less the lead-up.
    const {
      settings: { startAt },
      drop,
    } = plans[1] as ResumePlan;
    assert.equal(startAt + (2 * drop) / RATE, (20 * PIECE + 2 * 20 * PIECE) / RATE);
  });

  it('keeps a change whose encoder fails: the next leg has it and the changes before', async () => {
    const { continuous, plans } = start({
      setFilters: async ({ volume = 1 }, leg) => {
        if (volume === 0.5) throw new AppError('CONFLICT', { state: 'failed' });
        return { speed: 1, pitch: 0, volume: leg === 0 ? volume : 1 };
      },
      breakAt: (leg) => (leg === 0 ? 12 * PIECE : undefined),
    });
    const audio = await readAll(continuous.audio(), async (count) => {
      if (count !== 7) return;
      const change = await continuous.setFilters({ volume: 0.5 });
      assert.deepEqual(change, { filters: { speed: 1, pitch: 0, volume: 0.5 }, applied_at_sample: 7 * PIECE });
    });
    assertWhole(audio);
    assert.equal(plans.length, 2);
    assert.equal(plans[1]?.settings.filters.volume, 0.5);
  });

  it('rejects a change after the end', async () => {
    const { continuous } = start({});
    await readAll(continuous.audio());
    await assert.rejects(continuous.setFilters({ volume: 0.5 }), { code: 'CONFLICT', details: { state: 'ended' } });
  });

  it('does not report a change as audible before it was requested', async () => {
    const { continuous } = start({
      setFilters: async ({ volume = 1 }) => ({ speed: 1, pitch: 0, volume }),
    });
    let change: Awaited<ReturnType<typeof continuous.setFilters>> | undefined;
    await readAll(continuous.audio(), async (count) => {
      if (count === 7) change = await continuous.setFilters({ volume: 0.5 });
    });
    assert.equal(change?.applied_at_sample, 7 * PIECE);
  });

  it('reports a rejected change and continues', async () => {
    const { continuous, plans } = start({});
    const audio = await readAll(continuous.audio(), async (count) => {
      if (count !== 3) return;
      await assert.rejects(continuous.setFilters({ volume: 0.5 }), { code: 'CONFLICT' });
      await assert.rejects(continuous.setFilters({ speed: 1.5 }), { code: 'CONFLICT' });
      await assert.rejects(continuous.setFilters({ volume: 3 }), { code: 'FILTER_INVALID' });
    });
    assertWhole(audio);
    assert.equal(plans.length, 1);
  });

  it('ends and is not resumed when another client has stopped it', async () => {
    const { continuous, plans } = start({ breakAt: () => 5 * PIECE, stoppedElsewhere: true });
    await assert.rejects(readAll(continuous.audio()), { code: 'CONFLICT', recoverable: false });
    assert.equal(plans.length, 1);
  });

  it('gives up when no leg makes progress', async () => {
    const { continuous } = start({ breakAt: () => 5 * PIECE });
    await assert.rejects(readAll(continuous.audio()), { code: 'UNAVAILABLE' });
    assert.equal(continuous.closing().length, 0);
  });
});
