import { isSlow } from '../legs/failures.ts';
import type { ClientLog } from '../options.ts';
import type { ServiceBreaker } from '../service/breaker.ts';
import type { StreamEvent } from './events.ts';

/** What has happened since the client was made. */
export type ClientCounters = {
  streams: number;
  /** Legs that the local ffmpeg made. */
  fallbacks: number;
  /** Legs that took over a stream in the middle. */
  resumes: number;
  /** Legs that broke or could not begin. */
  failures: number;
};

export type StreamNotesOptions = {
  readonly breaker: Pick<ServiceBreaker, 'blame' | 'isWell'>;
  readonly log: ClientLog;
};

type Broken = Extract<StreamEvent, { type: 'broken' }>;

/** Counts what happens to the streams of a client, tells the log, and the breaker what the service is to blame for. */
export function createStreamNotes({ breaker, log }: StreamNotesOptions) {
  const counters: ClientCounters = { streams: 0, fallbacks: 0, resumes: 0, failures: 0 };

  /** A function has its time: one that breaks off behind audio, while the service is well, has come to the end of it. */
  async function noteBroken({ via, opening, worked, error, positionSeconds }: Broken): Promise<void> {
    const { code, message, details } = error;
    const fields = { via, position_seconds: positionSeconds, code, reason: message, details };
    if (via === 'service' && worked && !isSlow(error) && (await breaker.isWell())) {
      log.info?.(fields, 'a stream goes on anew');
      return;
    }
    if (via === 'service' && !opening) void breaker.blame(error);
    log.warn(fields, 'a stream broke');
  }

  return {
    counters,
    note(event: StreamEvent): void {
      if (event.type === 'broken') {
        counters.failures += 1;
        void noteBroken(event);
        return;
      }
      if (event.isResumed) counters.resumes += 1;
      if (event.via === 'service') return;
      counters.fallbacks += 1;
      log.warn({ position_seconds: event.positionSeconds }, 'the local ffmpeg plays');
    },
  };
}
