import { isTimeout } from '../legs/failures.ts';
import type { ClientLog } from './client-log.ts';
import type { StreamEvent } from './events.ts';

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

type Broken = Extract<StreamEvent, { type: 'broken' }>;

/** Counts and logs what happens to a client's streams, and reports failures of the service to the breaker. */
export function createStreamMonitor({ breaker, log }: StreamMonitorOptions) {
  const counters: ClientCounters = { streams: 0, fallbacks: 0, resumes: 0, failures: 0 };

  /** A stream that is cut after some audio while the service is healthy has reached the time limit of its function. */
  async function recordBroken({ via, opening, worked, error, positionSeconds }: Broken): Promise<void> {
    const { code, message, details } = error;
    const fields = { via, position_seconds: positionSeconds, code, reason: message, details };
    if (via === 'service' && worked && !isTimeout(error) && (await breaker.isWell())) {
      log.info?.(fields, 'the service cut a stream, which continues');
      return;
    }
    if (via === 'service' && !opening) void breaker.blame(error);
    log.warn(fields, `the ${via} failed`);
  }

  return {
    counters,
    record(event: StreamEvent): void {
      if (event.type === 'broken') {
        counters.failures += 1;
        void recordBroken(event);
        return;
      }
      if (event.isResumed) counters.resumes += 1;
      if (event.via === 'service') return;
      counters.fallbacks += 1;
      log.warn({ position_seconds: event.positionSeconds }, 'falling back to the local ffmpeg');
    },
  };
}
