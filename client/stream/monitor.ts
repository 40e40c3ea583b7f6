import { isTimeout } from '../legs/failures.ts';
import type { ClientLog } from './client-log.ts';
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

export type StreamMonitorOptions = {
  /** Learns of failures of the service in the middle of a stream, and probes its health. */
  readonly breaker: { blame(error: unknown): Promise<void>; isWell(): Promise<boolean> };
  readonly log: ClientLog;
};

type Broken = Extract<StreamEvent, { type: 'broken' }>;

/** Counts and logs what happens to a client's streams, and reports failures of the service to the breaker. */
export function createStreamMonitor({ breaker, log }: StreamMonitorOptions) {
  const counters: ClientCounters = { streams: 0, fallbacks: 0, resumes: 0, failures: 0 };

  /** A stream that is cut after some audio while the service is healthy has reached its function's time limit. */
  async function recordBroken({ via, opening, worked, error, positionSeconds }: Broken): Promise<void> {
    const { code, message, details } = error;
    const fields = { via, position_seconds: positionSeconds, code, reason: message, details };
    if (via === 'service' && worked && !isTimeout(error) && (await breaker.isWell())) {
      log.info?.(fields, 'a stream goes on anew');
      return;
    }
    if (via === 'service' && !opening) void breaker.blame(error);
    log.warn(fields, 'a stream broke');
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
      log.warn({ position_seconds: event.positionSeconds }, 'the local ffmpeg plays');
    },
  };
}
