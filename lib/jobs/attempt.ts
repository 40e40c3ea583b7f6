import type { AppError } from '#lib/errors.ts';
import type { JobOutput } from './record.ts';
import type { JobSpec } from './spec/spec.ts';

/** A job that this process has claimed: one attempt to run it. */
export type ClaimedJob = {
  readonly id: string;
  /** The caller's `sub`. */
  readonly owner: string;
  /** The name by which budgets count the caller. */
  readonly account: string;
  /** The request, as `POST /api/jobs` validated it. */
  readonly spec: JobSpec;
  /** From 1, new with each claim. Whatever is written names it; a later claim makes it stale. */
  readonly attempt: number;
  /** Progress of all earlier attempts, percent: what is reported never falls below. */
  readonly progress: number | null;
  /** Recoverable failures so far. */
  readonly errors: number;
  /** Warnings of earlier attempts are gone: each attempt reports its own. */
  readonly createdAt: Date;
  /** Time that it waited in the queue, seconds. */
  readonly waitedSeconds: number;
};

/** A file of a result as it is stored: responses contain a signed URL of its key instead. */
export type StoredOutput = Omit<JobOutput, 'url'> & {
  /** Key in the service's bucket; null when the request named another destination. */
  readonly key: string | null;
  /** Keys of all files of a package, the one of `key` first; absent for a single file. */
  readonly files?: readonly string[];
  /** Address of the file without its signature, when the request named another destination. */
  readonly destination: string | null;
};

/** Returns the keys of all objects of a result. */
export function keysOf({ outputs }: Pick<StoredResult, 'outputs'>): string[] {
  return outputs.flatMap(({ key, files }) => files ?? key ?? []);
}

export type StoredResult = { readonly outputs: readonly StoredOutput[]; readonly cached: boolean };

/** How an attempt ended. */
export type AttemptOutcome =
  | {
      readonly kind: 'completed';
      readonly result: StoredResult;
      readonly warnings: readonly string[];
      /** Where later requests find the result; absent when none may use it. */
      readonly cache?: { readonly key: string; readonly build: string } | undefined;
    }
  /** `retry`: whether the same attempt may succeed later. It is counted, and bounded. */
  | { readonly kind: 'failed'; readonly error: AppError; readonly retry: boolean }
  | { readonly kind: 'cancelled' }
  /** The runner stops; another one starts it again, and nothing is counted. */
  | { readonly kind: 'handed_back' }
  /** It does not fit into a function: a runner starts it again, and nothing is counted. */
  | { readonly kind: 'handed_over' };

/** What an attempt reports while it runs. What is absent stays as it is. */
export type AttemptProgress = {
  readonly phase?: 'fetching' | 'probing' | 'transcribing' | 'encoding' | 'uploading' | undefined;
  /** Percent; what is lower than before is ignored, and at most 99.9 is stored. */
  readonly progress?: number | undefined;
  readonly etaSeconds?: number | null | undefined;
  readonly speed?: number | null | undefined;
};

/** An object, or a multipart upload, that an attempt is about to begin. */
export type AttemptObject = {
  readonly key: string;
  readonly uploadId?: string | undefined;
};

/** Lines of the log, or the command lines of ffmpeg, already redacted. */
export type AttemptLog = { readonly part: 'log' | 'command'; readonly text: string };

/** What an attempt calls while it runs. */
export type AttemptHooks = {
  progress(update: AttemptProgress): void;
  /** More lines of a log. */
  log(log: AttemptLog): void;
  /** Await it before an object or a multipart upload is begun. What it throws ends the attempt. */
  object(object: AttemptObject): Promise<void>;
};
