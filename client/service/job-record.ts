/** One file of a job. */
export type JobFile = {
  readonly name: string;
  readonly format: string;
  /** A signed URL, which expires: get the job again for another one. It is a secret. */
  readonly url: string;
  readonly bytes: number;
  readonly duration_seconds: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly video: 'copied' | 'encoded' | null;
  readonly audio: 'copied' | 'encoded' | null;
  readonly not_copied_because: string | null;
};

export type JobStatus = 'pending' | 'processing' | 'completed' | 'failed' | 'cancelled';

/** The response of `GET /api/jobs/{id}`. */
export type JobRecord = {
  readonly id: string;
  readonly status: JobStatus;
  readonly phase: 'queued' | 'fetching' | 'probing' | 'transcribing' | 'encoding' | 'uploading' | 'done';
  /** Percent; null before the first figure. */
  readonly progress: number | null;
  readonly eta_seconds: number | null;
  readonly speed: number | null;
  readonly queue_position: number | null;
  readonly priority: number;
  readonly attempts: number;
  readonly errors: number;
  readonly warnings: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly result: {
    readonly outputs: readonly JobFile[];
    readonly expires_at: string;
    readonly cached: boolean;
  } | null;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
    readonly recoverable: boolean;
  } | null;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
};

/** The response of `GET /api/jobs`. */
export type JobPage = { readonly items: readonly JobRecord[]; readonly next_cursor: string | null };

/** The response of `POST /api/jobs?dry_run=true`. */
export type JobCheck = {
  readonly valid: boolean;
  readonly error: JobRecord['error'];
  readonly warnings: readonly string[];
  readonly plan: Readonly<Record<string, unknown>> | null;
  readonly plan_missing_because: string | null;
};
