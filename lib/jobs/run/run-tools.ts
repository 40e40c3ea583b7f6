import type { FfmpegBinary } from '#lib/ffmpeg/binary.ts';
import type { Program } from '#lib/ffmpeg/process.ts';
import type { FfmpegSupervisor } from '#lib/ffmpeg/supervisor.ts';
import type { ClaimedJob } from '#lib/jobs/attempt.ts';
import type { EncodeStage } from '#lib/jobs/graph/stage.ts';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import type { SourceOpener } from '#lib/sources/open-source.ts';
import type { RunLimits } from './run-limits.ts';

/** The full ffmpeg, and the ffprobe of the same build. */
export type JobPrograms = {
  readonly ffmpeg: Pick<FfmpegBinary, 'path' | 'starter' | 'capabilities'>;
  readonly ffprobe: Program;
};

/** An object or multipart upload that is about to be begun. */
type ResultObject = {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId?: string | undefined;
};

/** Where the files of results are stored. */
export type ResultStorage = {
  /** The service's own bucket. */
  readonly bucket: string;
  keyOf(file: { owner: string; jobId: string; attempt: number; file: string }): string;
  /** Uploads a file. Leaves no multipart upload behind when it fails or is aborted. Throws UNAVAILABLE. */
  upload(upload: {
    readonly key: string;
    readonly path: string;
    readonly bytes: number;
    readonly contentType: string;
    readonly filename: string;
    readonly begin: (object: ResultObject) => Promise<void>;
    readonly sent: (bytes: number) => void;
    readonly signal: AbortSignal;
  }): Promise<void>;
  /** Deletes an object, if it exists. */
  remove(object: { readonly key: string }): Promise<void>;
};

/** Places for results that a request names. */
export type Destinations = {
  /** Sends a file. Returns the address without secrets. Throws INVALID_URL, SOURCE_FORBIDDEN, UNAVAILABLE. */
  send(
    destination: string,
    file: {
      readonly path: string;
      readonly bytes: number;
      readonly contentType: string;
      readonly filename: string;
      readonly sent: (bytes: number) => void;
      readonly subject: string;
      readonly signal: AbortSignal;
    },
  ): Promise<string>;
};

/** What attempts need of their process. */
export type RunTools = {
  readonly sources: Pick<SourceOpener, 'open'>;
  /** Throws UNAVAILABLE without usable programs. */
  readonly programs: () => Promise<JobPrograms>;
  readonly supervisor: Pick<FfmpegSupervisor, 'start'>;
  readonly results: ResultStorage;
  readonly destinations: Destinations;
  readonly scratch: { readonly directory: string; readonly instance: string };
  readonly limits: RunLimits;
  /** Called with the size of all inputs of an attempt, bytes. */
  readonly fetched?: (bytes: number) => void;
  /** Called with the CPU time of each ffmpeg of an account. */
  readonly usedCpu?: (account: string, seconds: number) => void;
  /** Returns the time, ms. */
  readonly now: () => number;
  /** Learns how much work an attempt is. */
  readonly watch?: AttemptWatch | undefined;
};

/** Learns how much work an attempt is, as soon as that is known. */
export type AttemptWatch = {
  /** Called with bytes of inputs: of each when its size is known, before it is copied. */
  expect(bytes: number): void;
  /** Called again when a copy has failed: the work begins anew. */
  planned(plan: JobPlan, stages: readonly EncodeStage[]): void;
  begun(stage: EncodeStage): void;
  /** Called with what was encoded of the stage that has begun last, in the units of `unitsOf`. */
  encoded(units: number): void;
};

/** A claimed job with its request. */
export type RunnableJob = Pick<ClaimedJob, 'id' | 'owner' | 'account' | 'attempt' | 'progress'> & {
  readonly spec: JobSpec;
};
