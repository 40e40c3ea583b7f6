import { v7 as uuid } from 'uuid';
import { beforeDeadline } from '#lib/deadline.ts';
import { AppError } from '#lib/errors.ts';
import type { FfmpegBinary } from '#lib/ffmpeg/binary.ts';
import { missingCapabilities } from '#lib/ffmpeg/capabilities.ts';
import type { FfmpegCommand, FfmpegProcess, StopPolicy } from '#lib/ffmpeg/process.ts';
import { accountOf, type Caller } from '#lib/identity/caller.ts';
import type { Log } from '#lib/log.ts';
import { requiredCapabilities } from '#lib/playback/arguments.ts';
import { settingsOf, type TranscodeRequest } from '#lib/playback/request.ts';
import { type PlaybackSettings, profileOf } from '#lib/playback/settings.ts';
import { audioContentType, type OutputFormat } from '#lib/profiles/audio.ts';
import type { Admission } from '#lib/work/admission.ts';
import type { Share } from '#lib/work/shares.ts';
import { createTimeline } from '#lib/work/timeline.ts';
import { renditionKey } from './rendition-key.ts';
import { openSession, type SessionDependencies, type Started } from './session.ts';
import { LeftError, type SessionOutcome } from './session-outcome.ts';
import type { Milestone, TranscodeTimeline } from './state.ts';
import { type TranscodeJournal, trackTranscode } from './tracking.ts';

/** Counts transcodes. `rejected` ones were not admitted. */
export type TranscodeCounters = {
  firstByte(outputFormat: OutputFormat, ms: number): void;
  transcodeEnded(transcode: {
    readonly outputFormat: OutputFormat;
    readonly status: SessionOutcome['state'] | 'rejected';
    readonly seconds: number;
    readonly bytes: number;
  }): void;
};

export type TranscoderDependencies = Omit<
  SessionDependencies,
  'openSource' | 'startFfmpeg' | 'losesPitchedEnd' | 'renditionKey' | 'account' | 'isGreedy'
> & {
  readonly openSource: (
    url: string,
    options: { readonly accept: 'audio'; readonly signal: AbortSignal; readonly caller: Caller },
  ) => ReturnType<SessionDependencies['openSource']>;
  readonly admission: Admission;
  readonly places: Pick<Share, 'isGreedy'>;
  /** CPU time of ffmpeg within an hour, and records within a day, by account. */
  readonly usage: { readonly cpuMs: Usage; readonly records: Usage };
  /** Throws RATE_LIMITED when the caller's key has used its CPU time of this hour. */
  readonly refuseOverrun: (caller: Caller) => Promise<void>;
  readonly findFfmpeg: () => Promise<FfmpegBinary>;
  readonly startFfmpeg: (command: FfmpegCommand, stop: StopPolicy['by']) => FfmpegProcess;
  readonly journal: Pick<TranscodeJournal, 'changed' | 'adjusted'>;
  readonly counters: TranscodeCounters;
  readonly log: Pick<Log, 'info'>;
};

/** Counts what an account uses within a window of time. */
type Usage = {
  count(account: string, options?: { readonly points?: number }): Promise<{ limit: number; used: number }>;
};

export type TranscodeContext = {
  readonly requestId: string;
  /** The owner of the transcode. */
  readonly caller: Caller;
  /** Aborted when the client disconnects; undefined where the platform does not report it. */
  readonly clientSignal: AbortSignal | undefined;
  /** Aborted with an AppError when the caller's API key is revoked or expires; undefined without a key. */
  readonly keyEnded?: AbortSignal | undefined;
  /** Milliseconds left until the platform's time limit for this invocation. */
  readonly remainingMs: number;
  /** `performance.now()` when the request was received. */
  readonly receivedAt: number;
};

/** A transcode whose first byte is available. */
export type Transcode = Started & { readonly id: string; readonly contentType: string };

export type Transcoder = {
  /** Starts a transcode and waits for its first byte. Throws an AppError when there is none. */
  transcode(request: TranscodeRequest, context: TranscodeContext): Promise<Transcode>;
  /** Stops admitting work, lets running work go on for `graceMs`, then stops it. Resolves when everything is freed. */
  shutDown(graceMs: number): Promise<void>;
};

export function createTranscoder(dependencies: TranscoderDependencies): Transcoder {
  const { admission, journal, counters, usage, refuseOverrun, log } = dependencies;
  const closing = new AbortController();

  async function admit(
    settings: PlaybackSettings,
    caller: Caller,
  ): Promise<{ binary: FfmpegBinary; leave: () => void }> {
    try {
      const binary = await dependencies.findFfmpeg();
      refuseIncapable(settings, binary);
      await refuseOverrun(caller);
      return { binary, leave: admission.enter({ account: accountOf(caller), limit: caller.limits?.places }) };
    } catch (error) {
      counters.transcodeEnded({ outputFormat: settings.format, status: 'rejected', seconds: 0, bytes: 0 });
      throw error;
    }
  }

  return {
    async transcode(request, { requestId, caller, clientSignal, keyEnded, remainingMs, receivedAt }) {
      const settings = { ...settingsOf(request), sourceUrl: request.source_url };
      const { binary, leave } = await admit(settings, caller);
      const { format: outputFormat, live } = settings;
      const account = accountOf(caller);
      const id = uuid();
      const timeline = createTimeline<Milestone>(receivedAt);
      timeline.mark('validated');
      const deadline = new AbortController();
      const stopDeadline = beforeDeadline(remainingMs, () => deadline.abort(outOfTime()));
      const cancelled = new AbortController();
      const stop = () => cancelled.abort(new LeftError('request'));
      const tracker = trackTranscode({ id, owner: caller.subject, settings, timeline, stop }, journal);
      const ofRequest = [clientSignal, keyEnded].filter((signal) => signal !== undefined);
      const signals = [closing.signal, deadline.signal, cancelled.signal, ...ofRequest];
      const session = openSession(
        settings,
        {
          ...dependencies,
          account,
          isGreedy: () => dependencies.places.isGreedy(account),
          losesPitchedEnd: binary.capabilities.losesPitchedEnd,
          renditionKey: (asked, source) =>
            renditionKey(asked, { source, binary, maxSeconds: dependencies.maxDurationSeconds }),
          openSource: (url, options) => dependencies.openSource(url, { ...options, accept: 'audio', caller }),
          startFfmpeg(command, stop) {
            const onProgress: typeof command.onProgress = (progress) => {
              command.onProgress?.(progress);
              if (progress.ended) tracker.finishing();
            };
            const process = dependencies.startFfmpeg({ ...command, program: binary, onProgress }, stop);
            tracker.spawned(process);
            void process.outcome.then(() => {
              const points = Math.round(process.cpuSeconds() * 1_000);
              if (points > 0) void usage.cpuMs.count(account, { points });
            });
            return process;
          },
        },
        { signal: AbortSignal.any(signals), timeline, onProgress: tracker.progressed },
      );
      tracker.opening(session);
      void session.ended.then((outcome) => {
        stopDeadline();
        tracker.ended(outcome);
        const seconds = (timeline.at('ended') ?? 0) / 1_000;
        counters.transcodeEnded({ outputFormat, status: outcome.state, seconds, bytes: outcome.bytes });
        const about = { request_id: requestId, caller: caller.subject, output_format: outputFormat, live };
        log.info({ transcode_id: id, ...about, ...outcomeFields(outcome, timeline) }, 'transcode');
        leave();
      });
      const started = await session.started.catch((error: unknown) => tellWhyStopped(error, cancelled.signal));
      const { limit, used } = await usage.records.count(account);
      tracker.streaming(started.sourceFormat, { hasRow: used <= limit });
      counters.firstByte(outputFormat, timeline.at('first_byte') ?? 0);
      return { ...started, id, contentType: audioContentType(profileOf(settings)) };
    },

    async shutDown(graceMs) {
      admission.close();
      const cutOff = setTimeout(() => closing.abort(new AppError('UNAVAILABLE', { reason: 'shutting_down' })), graceMs);
      await admission.empty();
      clearTimeout(cutOff);
      dependencies.renditions.close();
    },
  };
}

/** Returns the log fields of an outcome. */
function outcomeFields(outcome: SessionOutcome, timeline: TranscodeTimeline) {
  const fields = { outcome: outcome.state, bytes: outcome.bytes, ...timeline.fields() };
  if (outcome.state === 'cancelled') return { ...fields, cancelled_by: outcome.by };
  if (outcome.state === 'completed') return fields;
  const { code, message: reason, details } = outcome.error;
  return { ...fields, code, reason, details };
}

/** A client that has disconnected gets no response: this error appears only in the log line of the request. */
function tellWhyStopped(error: unknown, cancelled: AbortSignal): never {
  if (!(error instanceof LeftError)) throw error;
  const message = 'the transcode was cancelled';
  if (cancelled.aborted) throw new AppError('CONFLICT', { state: 'cancelled' }, { message });
  throw new AppError('UNAVAILABLE', { reason: 'client_left' }, { message: 'the client disconnected' });
}

/** Throws UNAVAILABLE when the request needs capabilities that this ffmpeg does not have. */
function refuseIncapable(settings: PlaybackSettings, { capabilities }: FfmpegBinary): void {
  const missing = missingCapabilities(requiredCapabilities(settings), capabilities);
  if (missing.length === 0) return;
  const message = `this ffmpeg lacks ${missing.join(', ')}`;
  throw new AppError('UNAVAILABLE', { part: 'ffmpeg', missing }, { message, recoverable: false });
}

function outOfTime(): AppError {
  return new AppError('TIMEOUT', { part: 'function' }, { message: 'the function reached its time limit' });
}
