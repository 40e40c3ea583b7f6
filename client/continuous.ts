import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#lib/errors.ts';
import { merge, refuseFixed } from '#lib/playback/filter-patch.ts';
import { type FilterPatch, type Filters, liveOf, type PlaybackSettings } from '#lib/playback/settings.ts';
import { isFinal, isGone, isOfSource, isSlow, noProgress, stoppedElsewhere } from './failures.ts';
import { adjustOf, needsStretcher, withoutIdleSpeed } from './idle-speed.ts';
import { legUnits } from './leg-units.ts';
import type { Leg, Via } from './legs/leg.ts';
import type { Timeouts } from './options.ts';
import type { RealTime } from './real-time.ts';
import { checkPatch } from './request.ts';
import { planResume, type ResumePlan } from './resume-plan.ts';
import { createSourceMap } from './source-map.ts';
import { unitFormat } from './units/format.ts';

/** The filters as they are now in force, and the sample of the whole stream from which they are. */
export type FilterChange = { readonly filters: Filters; readonly applied_at_sample: number };

/** What happens to a stream on its way. */
export type StreamEvent =
  | {
      readonly type: 'leg';
      readonly via: Via;
      readonly id: string | undefined;
      /** It goes on with what another had begun. */
      readonly isResumed: boolean;
      readonly positionSeconds: number;
    }
  | {
      readonly type: 'broken';
      readonly via: Via;
      /** It could not even begin. */
      readonly opening: boolean;
      readonly error: AppError;
      readonly positionSeconds: number;
    };

export type ContinuousOptions = {
  readonly url: string;
  readonly settings: PlaybackSettings;
  /** Who may make it, best first: each throws an AppError when it cannot. */
  readonly openLeg: (via: Via, plan: ResumePlan) => Promise<Leg>;
  /** Whether one is to be asked at all now. */
  readonly isUsable: (via: Via) => Promise<boolean>;
  readonly timeouts: Timeouts;
  readonly signal: AbortSignal;
  readonly onEvent: (event: StreamEvent) => void;
  /** Goes on through all that is played behind each other. */
  readonly realTime: RealTime;
  /** Of several streams behind each other, each has another. */
  readonly serial: number;
};

/** A stream that goes on whoever makes it. */
export type Continuous = {
  /** The audio; throws an AppError when nobody can bring it on. */
  audio(): AsyncGenerator<Buffer>;
  setFilters(patch: FilterPatch): Promise<FilterChange>;
  filters(): Filters;
  /** What closes a stream that has broken off, so that another may follow. */
  closing(): Buffer;
  /** Who makes it now, or did last, and the service's name of it. */
  leg(): Pick<Leg, 'via' | 'id'>;
  /** Of the source, as far as audio has been given. */
  positionSeconds(): number;
};

/** Who makes it now, from which sample of the whole on, and how it is told that another is to go on. */
type Current = { readonly leg: Leg; readonly atSample: number; readonly renewal: AbortController };

const ORDER: readonly Via[] = ['service', 'fallback'];
const BACKOFF_MS = 250;
/** Audio that a leg has to bring to be one that works. */
const ENOUGH_SECONDS = 1;

export function openContinuous(options: ContinuousOptions): Continuous {
  const { openLeg, isUsable, timeouts, signal, onEvent, realTime } = options;
  const format = unitFormat(options.settings);
  const joiner = format.createJoiner(options.serial);
  const { sample_rate: sampleRate, start_at: startAt } = options.settings;
  const sourceMap = createSourceMap({ startAt, speed: options.settings.filters.speed, sampleRate });
  const unitMs = (format.unitSamples * 1_000) / sampleRate;
  const mayChange = adjustOf(options.settings);
  let settings = withoutIdleSpeed(options.settings);
  let last: Pick<Leg, 'via' | 'id'> = { via: 'service', id: undefined };
  let current: Current | undefined;

  const givenSamples = (): number => joiner.given() * format.unitSamples;
  const positionSeconds = (): number => sourceMap.at(givenSamples());

  function plan(): ResumePlan {
    const given = joiner.given();
    sourceMap.restart(givenSamples(), settings.filters.speed);
    return planResume({ settings, format, sourceMap, given, aheadSeconds: realTime.aheadSeconds() });
  }

  /** A leg as it is wanted when it has begun: what was changed meanwhile it would not have. */
  async function openPlanned(via: Via): Promise<{ leg: Leg; resume: ResumePlan }> {
    for (;;) {
      const wanted = settings;
      const resume = plan();
      const leg = await openLeg(via, resume);
      if (settings === wanted) return { leg, resume };
      await leg.stop();
    }
  }

  /** The next who brings the stream on. Throws what was wrong with the last when nobody does for too long. */
  async function nextLeg(tried: Set<Via>, since: number): Promise<Current> {
    for (;;) {
      for (const via of ORDER.filter((candidate) => !tried.has(candidate))) {
        if (!(await isUsable(via))) continue;
        tried.add(via);
        try {
          const { leg, resume } = await openPlanned(via);
          joiner.begin(resume);
          last = leg;
          const renewal = new AbortController();
          current = { leg, renewal, atSample: resume.atUnit * format.unitSamples };
          onEvent({ type: 'leg', via, id: leg.id, isResumed: joiner.given() > 0, positionSeconds: positionSeconds() });
          return current;
        } catch (error) {
          signal.throwIfAborted();
          fail(via, error, { opening: true });
          if (joiner.given() === 0 && isFinal(error)) throw error;
        }
      }
      if (performance.now() - since > timeouts.giveUpMs || isHopeless(tried)) throw noProgress(lastFailures);
      await delay(BACKOFF_MS, undefined, { signal });
      tried.clear();
    }
  }

  const lastFailures = new Map<Via, AppError>();
  function fail(via: Via, error: unknown, { opening }: { opening: boolean }): void {
    const failure = error instanceof AppError ? error : new AppError('UNAVAILABLE', { part: via }, { cause: error });
    lastFailures.set(via, failure);
    onEvent({ type: 'broken', via, opening, error: failure, positionSeconds: positionSeconds() });
  }

  /** Nobody who could be asked again would do better; a track that does not begin is not waited for. */
  function isHopeless(tried: ReadonlySet<Via>): boolean {
    const failures = [...tried].map((via) => lastFailures.get(via));
    const isLost = (error: AppError | undefined): boolean =>
      error !== undefined && (!error.recoverable || (joiner.given() === 0 && isOfSource(error)));
    return failures.length > 0 && failures.every(isLost);
  }

  async function* audio(): AsyncGenerator<Buffer> {
    const tried = new Set<Via>();
    let progressAt = performance.now();
    while (!joiner.isComplete()) {
      const { leg, renewal } = await nextLeg(tried, progressAt);
      const before = joiner.given();
      try {
        const stopped = AbortSignal.any([signal, renewal.signal]);
        const reserveMs = (liveOf(settings)?.leadSeconds ?? 0) * 1_000;
        yield* legUnits(leg, { joiner, unitMs, reserveMs, timeouts, realTime, stopped });
        yield joiner.end();
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (renewal.signal.aborted) {
          tried.clear();
          continue;
        }
        if (!isSlow(error) && (await leg.wasStopped())) throw stoppedElsewhere();
        fail(leg.via, error, { opening: false });
        if ((joiner.given() - before) * format.unitSamples >= ENOUGH_SECONDS * sampleRate) {
          tried.clear();
          if (isSlow(error)) tried.add(leg.via);
          progressAt = performance.now();
        }
      } finally {
        current = undefined;
        await leg.stop();
      }
    }
  }

  function take(patch: FilterPatch, { filters, atSample }: { filters: Filters; atSample: number }): FilterChange {
    settings = { ...settings, filters };
    if (patch.speed !== undefined) sourceMap.changeSpeed(atSample, filters.speed);
    return { filters, applied_at_sample: atSample };
  }

  return {
    audio,
    positionSeconds,
    filters: () => settings.filters,
    closing: joiner.end,
    leg: () => last,
    async setFilters(patch) {
      checkPatch(patch);
      if (!settings.live) throw new AppError('CONFLICT', { live: false }, { message: 'the stream is not live' });
      refuseFixed(patch, { filters: settings.filters, adjustable: mayChange });
      for (;;) {
        const playing = current;
        if (playing === undefined) {
          return take(patch, { filters: merge(settings.filters, patch), atSample: givenSamples() });
        }
        try {
          if (needsStretcher(settings, patch)) {
            settings = { ...settings, adjust: mayChange };
            current = undefined;
            playing.renewal.abort();
            continue;
          }
          const { filters, appliedAtSample } = await playing.leg.setFilters(patch);
          if (current === playing) return take(patch, { filters, atSample: playing.atSample + appliedAtSample });
        } catch (error) {
          if (current !== playing) continue;
          if (!isGone(error)) throw error;
          // Nobody knows whether it has taken the change: another goes on that has.
          current = undefined;
          playing.renewal.abort();
        }
      }
    },
  };
}
