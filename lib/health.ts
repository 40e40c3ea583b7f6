import { z } from 'zod';

const CHECK = z.strictObject({
  status: z.enum(['ok', 'degraded', 'failed', 'disabled']).meta({ description: 'disabled: not configured.' }),
  message: z.string().optional(),
});

/** The result of one check. */
export type Check = z.output<typeof CHECK>;

/** The answer of `GET /health`. */
export const HEALTH = z.strictObject({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  service: z.string(),
  version: z.string(),
  uptime_seconds: z.number().nonnegative(),
  active_streams: z.int().nonnegative(),
  ffmpeg_version: z.string().nullable(),
  checks: z.strictObject({ ffmpeg: CHECK, store: CHECK, storage: CHECK, runner: CHECK }),
});
type Health = z.output<typeof HEALTH>;

/** The answer of `GET /health/live` and `/health/ready`. */
export const PROBE = z.strictObject({ status: z.enum(['ok', 'failed']) });

export type HealthOptions = {
  readonly version: string;
  readonly activeStreams: () => number;
  /** True once the service admits no new work. */
  readonly isClosing: () => boolean;
  /** Never rejects. */
  readonly checkFfmpeg: () => Promise<Check & { readonly version: string | null }>;
  /** Never rejects; waits a short time for the first answer of the database only. */
  readonly checkStore: () => Promise<Check>;
  /** Never rejects, and answers at once with what it last knew. */
  readonly checkStorage: () => Check;
};

export type HealthReporter = ReturnType<typeof createHealth>;

const SERVICE = 'ffmpeg-functions';
const DISABLED: Check = { status: 'disabled' };

export function createHealth(options: HealthOptions) {
  const { version, activeStreams, isClosing, checkFfmpeg, checkStore, checkStorage } = options;

  async function report(): Promise<Health> {
    const [{ version: ffmpegVersion, ...ffmpeg }, store] = await Promise.all([checkFfmpeg(), checkStore()]);
    const checks = { ffmpeg, store, storage: checkStorage(), runner: DISABLED };
    return {
      status: isClosing() ? 'unhealthy' : statusOf(checks),
      service: SERVICE,
      version,
      uptime_seconds: Math.round(process.uptime()),
      active_streams: activeStreams(),
      ffmpeg_version: ffmpegVersion,
      checks,
    };
  }

  return {
    report,
    /** Whether the service takes new work. */
    async ready(): Promise<z.output<typeof PROBE>> {
      return { status: (await report()).status === 'unhealthy' ? 'failed' : 'ok' };
    },
  };
}

/** Without ffmpeg nothing works; without any other part something still does. */
function statusOf(checks: Health['checks']): Health['status'] {
  if (checks.ffmpeg.status === 'failed') return 'unhealthy';
  const isHealthy = Object.values(checks).every(({ status }) => status === 'ok' || status === 'disabled');
  return isHealthy ? 'healthy' : 'degraded';
}
