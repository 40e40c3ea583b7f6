import { AppError } from '#lib/errors.ts';
import type { FfmpegProcess } from '#lib/ffmpeg/process.ts';
import { cpuSecondsOf } from '#lib/ffmpeg/usage.ts';
import type { Adjusted } from '#lib/playback/adjustment.ts';
import { type FilterPatch, liveOf, type PlaybackSettings } from '#lib/playback/settings.ts';
import type { Journal, JournalLine, JournalOptions } from '#lib/work/journal.ts';
import { failureRecord, type Tracked } from '#lib/work/record.ts';
import { advance, complete } from './advance.ts';
import type { TranscodeRecord } from './record.ts';
import type { Session } from './session.ts';
import type { SessionOutcome } from './session-outcome.ts';
import { hasEnded, mayBecome, type TranscodeState, type TranscodeTimeline } from './state.ts';

/** A transcode of this process: it is running, or has ended and its record is not written yet. */
export type TrackedTranscode = Tracked<TranscodeRecord> & {
  /** Throws CONFLICT (`details.state`) when the transcode has ended, and what its session throws. */
  adjust(patch: FilterPatch): Promise<Adjusted>;
  /** Cuts the stream. Resolves when its resources are freed. Does nothing when the transcode has ended. */
  cancel(): Promise<void>;
};

/** Records the events of a transcode. */
export type Tracker = TrackedTranscode & {
  opening(session: Session): void;
  spawned(process: FfmpegProcess): void;
  /** More audio has been sent. */
  progressed(): void;
  /** Its ffmpeg is about to exit: this is the last time its CPU usage can be read. */
  finishing(): void;
  /** The first byte is available. `hasRow`: whether the record is written. */
  streaming(sourceFormat: string, options: { readonly hasRow: boolean }): void;
  ended(outcome: SessionOutcome): void;
};

/** A transcode that is starting. */
export type NewTranscode = {
  readonly id: string;
  /** The `sub` of the caller. */
  readonly owner: string;
  readonly settings: PlaybackSettings;
  readonly timeline: TranscodeTimeline;
  /** Cuts the stream. */
  readonly stop: () => void;
};

/** What is written of a transcode: its record, and its filter changes since the last write. */
export type TranscodeLine = JournalLine<TranscodeRecord, Adjusted>;
export type TranscodeJournalOptions = JournalOptions<TranscodeRecord, Adjusted>;
export type TranscodeJournal = Journal<TranscodeRecord, Adjusted, TrackedTranscode>;

/** Keeps the record of a transcode from its start and passes each change to the journal. */
export function trackTranscode(
  { id, owner, settings, timeline, stop }: NewTranscode,
  journal: Pick<TranscodeJournal, 'changed' | 'adjusted'>,
): Tracker {
  const createdAt = new Date().toISOString();
  let session: Session | undefined;
  let ffmpeg: FfmpegProcess | undefined;
  /** Before the first byte it has no row: refused work leaves none. */
  let isWritten = false;
  let now: Omit<TranscodeRecord, 'id' | 'output_format' | 'live' | 'adjust' | 'created_at'> = {
    state: 'pending',
    source_format: null,
    filters: settings.filters,
    progress: { position_seconds: settings.startAt, duration_seconds: null, percent: null },
    metrics: { first_byte_ms: null, bytes: 0, speed: null, cpu_seconds: null },
    error: null,
    cancelled_by: null,
    ended_at: null,
  };

  function look(): void {
    const metrics = { ...now.metrics, first_byte_ms: timeline.at('first_byte') ?? null };
    if (ffmpeg !== undefined) {
      metrics.speed = ffmpeg.progress().speed ?? metrics.speed;
      metrics.cpu_seconds = Math.max(metrics.cpu_seconds ?? 0, cpuSecondsOf([ffmpeg.pid]));
    }
    if (session !== undefined) {
      metrics.bytes = session.bytes();
      now = { ...now, filters: session.filters(), progress: advance(now.progress, session.position()) };
    }
    now = { ...now, metrics };
  }

  function become(state: TranscodeState, more: Partial<typeof now> = {}): void {
    if (!mayBecome(now.state, state)) return;
    now = { ...now, ...more, state };
    if (isWritten) journal.changed(tracker, hasEnded(state) ? 'end' : 'state');
    else journal.changed(tracker, hasEnded(state) ? 'dropped' : 'begun');
  }

  const tracker: Tracker = {
    id,
    owner,
    record() {
      look();
      return {
        id,
        ...now,
        output_format: settings.format,
        live: settings.live,
        adjust: [...(liveOf(settings)?.adjust ?? [])],
        created_at: createdAt,
      };
    },
    async adjust(patch) {
      if (session === undefined) throw notAdjustable(now.state);
      const adjusted = await session.adjust(patch);
      if (isWritten) journal.adjusted(tracker, adjusted);
      return adjusted;
    },
    async cancel() {
      if (hasEnded(now.state)) return;
      stop();
      await session?.ended;
    },
    opening(opened) {
      session = opened;
      become('opening');
    },
    spawned(process) {
      ffmpeg = process;
      // The process id may soon be reused by another process.
      void process.outcome.then(() => {
        look();
        ffmpeg = undefined;
      });
    },
    progressed: () => journal.changed(tracker, isWritten ? 'progress' : 'begun'),
    finishing: look,
    streaming(sourceFormat, { hasRow }) {
      isWritten = hasRow;
      become('streaming', { source_format: sourceFormat });
    },
    ended(outcome) {
      look();
      session = undefined;
      ffmpeg = undefined;
      const { state } = outcome;
      become(state, {
        ...(state === 'failed' ? { error: failureRecord(outcome.error) } : {}),
        ...(state === 'cancelled' ? { cancelled_by: outcome.by } : {}),
        ...(state === 'completed' ? { progress: complete(now.progress) } : {}),
        metrics: { ...now.metrics, bytes: outcome.bytes },
        ended_at: new Date().toISOString(),
      });
    },
  };
  journal.changed(tracker, 'begun');
  return tracker;
}

export function notAdjustable(state: TranscodeState): AppError {
  return new AppError('CONFLICT', { state }, { message: `a transcode in the state ${state} cannot be adjusted` });
}
