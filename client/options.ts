import type { Retry } from './service/calls.ts';
import type { Credentials } from './service/credentials.ts';
import type { FunctionName } from './service/function-urls.ts';
import type { ClientLog } from './stream/client-log.ts';
import type { Timeouts } from './stream/timeouts.ts';

export type ClientOptions = {
  /** Of the service; or one URL for each function. */
  readonly baseUrl?: string;
  readonly urls?: Partial<Readonly<Record<FunctionName, string>>>;
  readonly credentials?: Credentials;
  readonly timeouts?: Partial<Timeouts>;
  /** How often, and how soon, a request is retried whose connection broke before there was a response; 1, 50 ms. */
  readonly retry?: Partial<Retry>;
  readonly breaker?: {
    /** Consecutive failures after which the service gets no more requests; 2. */
    readonly threshold?: number;
    /** Time between two health probes while it gets none, ms; at most 1000, the default. */
    readonly probeEveryMs?: number;
  };
  /** `false` for none. */
  readonly fallback?:
    | false
    | {
        /** The ffmpeg to use; FFMPEG_PATH, or the first capable one that is found, when absent. */
        readonly ffmpegPath?: string;
        /** What ffmpeg opens here for a source that only the service can read: a signed URL, a file. */
        readonly resolveSource?: (url: string) => string | Promise<string>;
      };
  /** Receives warnings and information; when absent, warnings go to standard error, one JSON object a line. */
  readonly log?: ClientLog;
};

export const RETRY: Retry = { attempts: 1, delayMs: 50 };
export const BREAKER = { threshold: 2, probeEveryMs: 1_000 } as const;
