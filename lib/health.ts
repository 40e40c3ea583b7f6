import { z } from 'zod';

const CHECK = z.strictObject({
  status: z.enum(['ok', 'degraded', 'failed', 'disabled']).meta({ description: 'disabled: not configured.' }),
  message: z.string().optional(),
});

/** What became of one check. */
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
export type Health = z.output<typeof HEALTH>;

/** The answer of `GET /health/live` and `/health/ready`. */
export const PROBE = z.strictObject({ status: z.enum(['ok', 'failed']) });
export type Probe = z.output<typeof PROBE>;

export type HealthOptions = {
  readonly version: string;
  readonly activeStreams: () => number;
  /** True once the service lets no new work in. */
  readonly isClosing: () => boolean;
  /** Never rejects. */
  readonly checkFfmpeg: () => Promise<Check & { readonly version: string | null }>;
  /** Never rejects; waits for nothing but the very first answer of the database, and for that not long. */
  readonly checkStore: () => Promise<Check>;
  /** Never rejects, and answers at once with what it last knew. */
  readonly checkStorage: () => Check;
};

export type HealthReporter = {
  report(): Promise<Health>;
  /** Whether new work would be taken. */
  ready(): Promise<Probe>;
};

const SERVICE = 'ffmpeg-functions';
const DISABLED: Check = { status: 'disabled' };

export function createHealth(options: HealthOptions): HealthReporter {
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
    ready: async () => ({ status: (await report()).status === 'unhealthy' ? 'failed' : 'ok' }),
  };
}

/** Without ffmpeg nothing works; without any other part something still does. */
function statusOf(checks: Health['checks']): Health['status'] {
  if (checks.ffmpeg.status === 'failed') return 'unhealthy';
  return Object.values(checks).some(({ status }) => status === 'failed' || status === 'degraded')
    ? 'degraded'
    : 'healthy';
}
