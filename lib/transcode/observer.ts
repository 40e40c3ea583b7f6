import type { Log } from '#lib/log.ts';
import type { OutputFormat } from '#lib/profiles/audio.ts';
import type { SessionOutcome } from './session-outcome.ts';
import type { TranscodeObserver } from './transcoder.ts';

/** What transcodes are counted with. */
export type TranscodeCounters = {
  transcodeEnded(transcode: {
    readonly outputFormat: OutputFormat;
    readonly status: SessionOutcome['state'] | 'rejected';
    readonly seconds: number;
    readonly bytes: number;
  }): void;
  firstByte(outputFormat: OutputFormat, ms: number): void;
};

export type ObserverOptions = { readonly metrics: TranscodeCounters; readonly log: Log };

/** Counts every transcode and writes one line when it ends. */
export function createTranscodeObserver({ metrics, log }: ObserverOptions): TranscodeObserver {
  return {
    firstByte({ outputFormat }, timeline) {
      metrics.firstByte(outputFormat, timeline.at('first_byte') ?? 0);
    },
    ended({ id, requestId, caller, outputFormat, live }, end, timeline) {
      const seconds = (timeline.at('ended') ?? 0) / 1_000;
      metrics.transcodeEnded({ outputFormat, status: end.state, seconds, bytes: end.bytes });
      log.info(
        {
          transcode_id: id,
          request_id: requestId,
          caller: caller.subject,
          output_format: outputFormat,
          live,
          outcome: end.state,
          bytes: end.bytes,
          ...timeline.fields(),
          ...(end.state === 'failed'
            ? { code: end.error.code, reason: end.error.message, details: end.error.details }
            : {}),
          ...(end.state === 'cancelled' ? { cancelled_by: end.by } : {}),
        },
        'transcode',
      );
    },
    rejected(outputFormat) {
      metrics.transcodeEnded({ outputFormat, status: 'rejected', seconds: 0, bytes: 0 });
    },
  };
}
