import type { Credentials, FunctionName, Retry } from './service/calls.ts';

export type Timeouts = {
  /** Longest wait from a request to the service’s first audio, before the fallback is started, ms; more for a later place. */
  readonly firstAudioMs: number;
  /** Longest silence of a stream that plays, while its reader waits, ms. */
  readonly silenceMs: number;
  /** How far a stream may fall behind its own real time, while its reader waits, ms. */
  readonly behindMs: number;
  /** Longest wait for an answer that is no stream, ms. */
  readonly requestMs: number;
  /** Longest wait for a health probe, ms. */
  readonly probeMs: number;
  /** How long nobody may bring a stream on before it is given up, ms; more for a later place. */
  readonly giveUpMs: number;
};

export type ClientOptions = {
  /** Of the service; or one URL for each function. */
  readonly baseUrl?: string;
  readonly urls?: Partial<Readonly<Record<FunctionName, string>>>;
  readonly credentials?: Credentials;
  readonly timeouts?: Partial<Timeouts>;
  /** How often, and how soon, a request is sent again whose connection broke before there was an answer; 1, 50 ms. */
  readonly retry?: Partial<Retry>;
  readonly breaker?: {
    /** Failures in a row after which the service is not asked any more; 2. */
    readonly threshold?: number;
    /** Time between two looks at whether it is back, ms; 1000, and not more. */
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
  /** Where warnings go, and what is worth a word but no fault; a JSON object a line on standard error, of warnings alone, when absent. */
  readonly log?: ClientLog;
};

export type ClientLog = {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  info?(fields: Readonly<Record<string, unknown>>, message: string): void;
};

export const TIMEOUTS: Timeouts = {
  firstAudioMs: 2_000,
  silenceMs: 800,
  behindMs: 1_000,
  requestMs: 5_000,
  probeMs: 250,
  giveUpMs: 15_000,
};
export const RETRY: Retry = { attempts: 1, delayMs: 50 };
export const BREAKER = { threshold: 2, probeEveryMs: 1_000 } as const;
