import type { Retry } from './service/calls.ts';
import type { Credentials } from './service/credentials.ts';
import type { FunctionName } from './service/function-urls.ts';
import type { ClientLog } from './stream/client-log.ts';
import type { Timeouts } from './stream/timeouts.ts';

export type ClientOptions = {
  /** The URL of the service. */
  readonly baseUrl?: string;
  /** The URLs of single functions, which take precedence over `baseUrl`. */
  readonly urls?: Partial<Readonly<Record<FunctionName, string>>>;
  /** An API key or a token; none by default. */
  readonly credentials?: Credentials;
  /** Time limits, ms. */
  readonly timeouts?: Partial<Timeouts>;
  /** Retries of a request whose connection was closed before the response; default 1 retry after 50 ms. */
  readonly retry?: Partial<Retry>;
  readonly breaker?: {
    /** Consecutive failures after which the service gets no more requests; default 2. */
    readonly threshold?: number;
    /** Interval between health probes while it gets no requests, ms; default and maximum 1000. */
    readonly probeEveryMs?: number;
  };
  /** The local ffmpeg that streams fall back to; `false` disables it. */
  readonly fallback?:
    | false
    | {
        /** The path of ffmpeg; default `FFMPEG_PATH`, or else the first capable ffmpeg that is found. */
        readonly ffmpegPath?: string;
        /**
         * Maps a source that only the service can read to a URL: a signed URL, a file. For a requested `file:` URL,
         * a file is opened only if the result is a `URL` object.
         */
        readonly resolveSource?: (url: string) => string | URL | Promise<string | URL>;
        /** Networks that a source may be in although they are not public; default `SOURCE_ALLOWED_NETWORKS`. */
        readonly sourceAllowedNetworks?: readonly string[];
        /** Networks that no source may be in; default `SOURCE_DENIED_NETWORKS`. */
        readonly sourceDeniedNetworks?: readonly string[];
        /** Ports besides 80, 443 and 8000–8999; default `SOURCE_ALLOWED_PORTS`. */
        readonly sourceAllowedPorts?: readonly string[];
      };
  /** Receives warnings and information; by default, warnings go to standard error as one JSON object per line. */
  readonly log?: ClientLog;
};

export const RETRY: Retry = { attempts: 1, delayMs: 50 };
export const BREAKER = { threshold: 2, probeEveryMs: 1_000 } as const;
