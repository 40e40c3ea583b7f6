import type { AppError } from '#lib/errors.ts';
import { redactText } from '#lib/redaction.ts';
import { isFinal, isTimeout } from '../legs/failures.ts';
import type { ClientLog } from './client-log.ts';
import type { StreamEvent } from './events.ts';
import { createFailureLog } from './failure-log.ts';

/** Counts of what has happened since the client was created. */
export type ClientCounters = {
  /** Streams that were opened. */
  streams: number;
  /** Legs from the local ffmpeg. */
  fallbacks: number;
  /** Legs that continued a stream in the middle. */
  resumes: number;
  /** Legs that were cut or could not start. */
  failures: number;
};

export type StreamMonitorOptions = {
  /** Counts failures of the service in the middle of a stream, and probes its health. */
  readonly breaker: { blame(error: unknown): Promise<void>; isWell(): Promise<boolean> };
  readonly log: ClientLog;
};

/** What a stream plays: a source, and its index if it is a track of a playlist. */
export type Playing = { readonly source: string; readonly track?: number };

/** Counts and logs what happens to one stream. */
export type StreamMonitor = {
  /** Names what the following log lines are about. */
  plays(playing: Playing): void;
  record(event: StreamEvent): void;
  skipped(error: AppError): void;
  /** A leg has produced enough audio, or the stream has ended: its failures are over. */
  isOver(): void;
};

type Broken = Extract<StreamEvent, { type: 'broken' }>;

/** Counts and logs what happens to a client's streams, and reports failures of the service to the breaker. */
export function createMonitor({ breaker, log }: StreamMonitorOptions) {
  const counters: ClientCounters = { streams: 0, fallbacks: 0, resumes: 0, failures: 0 };

  function openStream(): StreamMonitor {
    const failures = createFailureLog(log);
    let about: Partial<Playing> = {};
    counters.streams += 1;

    /** A stream that is cut after some audio while the service is healthy has reached the time limit of its function. */
    async function recordBroken({ via, opening, worked, error, positionSeconds }: Broken): Promise<void> {
      const fields = { ...about, via, position_seconds: positionSeconds, ...described(error) };
      if (via === 'service' && worked && !isTimeout(error) && (await breaker.isWell())) {
        log.info?.(fields, 'the service cut a stream, which continues');
        return;
      }
      if (via === 'service' && !opening) void breaker.blame(error);
      // The caller gets the error, or the playlist skips the track.
      if (isFinal(error)) log.info?.(fields, `the ${via} cannot play the source`);
      else failures.warn(causeOf(via, error), fields, `the ${via} failed`);
    }

    return {
      plays({ source, ...track }) {
        failures.over();
        about = { ...track, source: redactText(source) };
      },
      record(event) {
        if (event.type === 'broken') {
          counters.failures += 1;
          void recordBroken(event);
          return;
        }
        if (event.isResumed) counters.resumes += 1;
        if (event.via === 'service') return;
        counters.fallbacks += 1;
        const fields = { ...about, position_seconds: event.positionSeconds };
        failures.warn('fallback', fields, 'falling back to the local ffmpeg');
      },
      skipped(error) {
        failures.over();
        log.warn({ ...about, ...described(error) }, 'a track was skipped');
      },
      isOver: failures.over,
    };
  }

  return { counters, openStream };
}

function described({ code, message, details }: AppError) {
  return { code, reason: message, details };
}

/** Messages differ in numbers, such as positions. */
function causeOf(via: string, { code, details }: AppError): string {
  return [via, code, details['part'], details['reason']].join();
}
