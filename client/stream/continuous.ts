import { AppError } from '#lib/errors.ts';
import { type FilterPatch, type Filters, liveOf, type PlaybackSettings } from '#lib/playback/settings.ts';
import { isTimeout, stoppedElsewhere, truncated, wasCut } from '../legs/failures.ts';
import { type Leg, SKIPPED_SECOND_MS } from '../legs/leg.ts';
import { unitFormat } from '../units/format.ts';
import { createChangeOrder } from './change-order.ts';
import type { FilterChange, StreamEvent } from './events.ts';
import { createFilterChanges, type Playing } from './filter-changes.ts';
import { adjustOf } from './idle-speed.ts';
import { createLegChoice, type LegChoiceOptions, type NextLeg } from './leg-choice.ts';
import { legUnits } from './leg-units.ts';
import { createStreamPosition } from './position.ts';
import { createProgressDeadline } from './progress-deadline.ts';
import type { RealTime } from './real-time.ts';
import type { Timeouts } from './timeouts.ts';

export type ContinuousOptions = Pick<LegChoiceOptions, 'openLeg' | 'candidates' | 'isUsable'> & {
  readonly settings: PlaybackSettings;
  readonly timeouts: Timeouts;
  readonly signal: AbortSignal;
  readonly onEvent: (event: StreamEvent) => void;
  /** Called with each piece of audio of a leg that has produced enough to count as working. */
  readonly onWorking: () => void;
  /** Total time that the reader has waited for audio, ms. */
  readonly readerClock: () => number;
  /** Shared by the tracks of a playlist. */
  readonly realTime: RealTime;
  /** Unique among the tracks of a playlist. */
  readonly serial: number;
};

/** A stream that continues when its encoder fails. */
export type Continuous = {
  /** Yields the audio. Throws an AppError when neither the service nor the fallback can continue. */
  audio(): AsyncGenerator<Buffer>;
  /** Changes the filters. Throws CONFLICT (`state`) after the end. */
  setFilters(patch: FilterPatch): Promise<FilterChange>;
  filters(): Filters;
  /** Returns the bytes that close a stream that was cut, so that another may follow. */
  closing(): Buffer;
  /** Where the audio comes from now, or came from last, and the id in the service. */
  leg(): Pick<Leg, 'via' | 'id'>;
  /** The position in the source of the audio yielded so far, seconds. */
  positionSeconds(): number;
};

/** The stream of one source. */
export type ContinuousTrack = Continuous & {
  /** Keeps a change for the next leg, if there is one. */
  takeFilters(patch: FilterPatch): FilterChange;
};

/** The current leg, and the controller that ends it when another is to replace it. */
type Current = Playing & { readonly leg: Leg; readonly renewal: AbortController };

/** Audio that a leg has to produce to count as working, seconds. */
const ENOUGH_SECONDS = 1;

export function openContinuous(options: ContinuousOptions): ContinuousTrack {
  const { timeouts, signal, onEvent, onWorking, realTime, readerClock } = options;
  const format = unitFormat(options.settings);
  const joiner = format.createJoiner(options.serial);
  const position = createStreamPosition({ settings: options.settings, format, given: joiner.given });
  const { settings, positionSeconds } = position;
  const unitMs = (format.unitSamples * 1_000) / options.settings.sampleRate;
  const deadline = createProgressDeadline(() => timeouts.giveUpMs + skippingMs());
  let last: Pick<Leg, 'via' | 'id'> = { via: 'service', id: undefined };
  let current: Current | undefined;
  let hasEnded = false;

  /** A leg takes longer to start at a later position. */
  function skippingMs(): number {
    return positionSeconds() * SKIPPED_SECOND_MS;
  }

  const choice = createLegChoice({
    openLeg: options.openLeg,
    candidates: options.candidates,
    isUsable: options.isUsable,
    wanted: settings,
    plan: () => position.plan(realTime.aheadSeconds()),
    hasBegun: () => joiner.given() > 0,
    onFailure: (via, error, how) => onEvent({ type: 'broken', via, ...how, error, positionSeconds: positionSeconds() }),
    deadline,
    signal,
  });

  function begin({ leg, resume }: NextLeg): Current {
    position.restart();
    joiner.begin(resume);
    last = leg;
    const playing: Current = {
      ...{ leg, renewal: new AbortController(), order: createChangeOrder() },
      atSample: resume.atUnit * format.unitSamples,
    };
    current = playing;
    leg.follow?.((change) => changes.reported(playing, change));
    const isResumed = joiner.given() > 0;
    onEvent({ type: 'leg', via: leg.via, id: leg.id, isResumed, positionSeconds: positionSeconds() });
    return playing;
  }

  async function* audio(): AsyncGenerator<Buffer> {
    try {
      while (!joiner.isComplete()) {
        const next = await choice.next();
        if (next === undefined || (yield* audioOf(begin(next)))) break;
      }
      yield joiner.end();
    } finally {
      hasEnded = true;
    }
  }

  function secondsSince(unit: number): number {
    return ((joiner.given() - unit) * unitMs) / 1_000;
  }

  /** Yields the audio of a leg. Returns whether it is complete; otherwise another leg has to continue. */
  async function* audioOf({ leg, renewal }: Current): AsyncGenerator<Buffer, boolean> {
    const before = joiner.given();
    const hasWorked = (): boolean => secondsSince(before) >= ENOUGH_SECONDS;
    try {
      const units = legUnits(leg, {
        ...{ joiner, unitMs, timeouts, deadline, realTime, readerClock, skippingMs },
        reserveMs: (liveOf(settings())?.leadSeconds ?? 0) * 1_000,
        findRival: (attempt) => choice.findRival(leg.via, attempt),
        stopped: AbortSignal.any([signal, renewal.signal]),
      });
      for await (const bytes of units) {
        if (hasWorked()) {
          deadline.progressed();
          onWorking();
        }
        const handedAt = performance.now();
        yield bytes;
        deadline.paused(performance.now() - handedAt);
      }
      if (!joiner.isWhole()) throw truncated(leg.via);
      return true;
    } catch (cause) {
      signal.throwIfAborted();
      const error = cause instanceof AppError ? cause : wasCut(leg.via, secondsSince(before), cause);
      if (renewal.signal.aborted) choice.reset();
      else if (!isTimeout(error) && (await leg.wasStopped())) throw stoppedElsewhere();
      else choice.failed(leg.via, error, { worked: hasWorked() });
      return false;
    } finally {
      current = undefined;
      await leg.stop();
    }
  }

  const changes = createFilterChanges({
    position,
    mayChange: adjustOf(options.settings),
    playing: () => current,
    renew() {
      const playing = current;
      current = undefined;
      playing?.renewal.abort();
    },
    hasEnded: () => hasEnded,
  });

  return {
    audio,
    positionSeconds,
    filters: () => settings().filters,
    closing: joiner.end,
    leg: () => last,
    setFilters: changes.setFilters,
    takeFilters: changes.takeForNext,
  };
}
