import { z } from 'zod';

const CHECK = z.strictObject({
  status: z
    .enum(['ok', 'degraded', 'failed', 'disabled'])
    .meta({ description: 'Result of the check. `degraded`: works in part. `disabled`: not configured.' }),
  message: z.string().optional().meta({ description: 'What is wrong. Absent when the status is `ok` or `disabled`.' }),
});

/** The result of one check. */
export type Check = z.output<typeof CHECK>;

const BUILD = z.strictObject({
  version: z.string().meta({ description: 'Version of ffmpeg.' }),
  missing: z
    .array(z.string())
    .meta({ description: 'What the service can use and this ffmpeg lacks, such as `filter:zscale`.' }),
});

/** The response of `GET /health`. */
export const HEALTH = z.strictObject({
  status: z.enum(['healthy', 'degraded', 'unhealthy']).meta({
    description:
      '`healthy`: every check is `ok` or `disabled`. `unhealthy`: no ffmpeg is usable, or the service is shutting ' +
      'down. `degraded`: anything else.',
  }),
  service: z.string().meta({ description: 'Name of the service.' }),
  version: z.string().meta({ description: 'Version of the service.' }),
  uptime_seconds: z.number().nonnegative().meta({ description: 'Seconds since this process started.' }),
  active_streams: z.int().nonnegative().meta({ description: 'Transcodes that run in this process now.' }),
  ffmpeg_version: z.string().nullable().meta({ description: 'Version of ffmpeg in use; null when none is usable.' }),
  confinement: z
    .enum(['none', 'limits', 'seccomp', 'full'])
    .nullable()
    .meta({
      description:
        'What ffmpeg is kept from. `limits`: its memory is limited. `seccomp`: also no network and no new processes. ' +
        '`full`: also no files but its own. `none`: nothing. null when no ffmpeg is usable.',
    }),
  ffmpeg_builds: z
    .strictObject({
      audio: BUILD.nullable().meta({ description: 'The ffmpeg for transcodes; null when none is usable.' }),
      full: BUILD.nullable().meta({ description: 'The ffmpeg for video jobs; null when none is usable here.' }),
    })
    .meta({ description: 'The ffmpeg for each purpose. `GET /api/encoders` returns what it can do.' }),
  checks: z
    .strictObject({
      ffmpeg: CHECK.meta({ description: 'Whether a usable ffmpeg was found.' }),
      store: CHECK.meta({ description: 'Whether the database is available.' }),
      storage: CHECK.meta({ description: 'Whether the S3 server is available.' }),
      runners: z.strictObject({ jobs: CHECK.meta({ description: 'Whether a process runs video jobs.' }) }).meta({
        description: 'Whether the processes for long-lived work run; `disabled` for kinds not in RUNNER_KINDS.',
      }),
    })
    .meta({ description: 'Result of each check.' }),
});
export type Health = z.output<typeof HEALTH>;

/** The response of `GET /health/live` and `/health/ready`. */
export const PROBE = z.strictObject({
  status: z.enum(['ok', 'failed']).meta({ description: 'Result of the probe: `failed` comes with status 503.' }),
});

export type FfmpegCheck = Check & {
  readonly version: string | null;
  readonly confinement: Health['confinement'];
};

export type HealthOptions = {
  readonly version: string;
  readonly activeStreams: () => number;
  /** Returns true once the service admits no new work. */
  readonly isClosing: () => boolean;
  /** Never rejects. */
  readonly checkFfmpeg: () => Promise<FfmpegCheck>;
  /** Never rejects. */
  readonly checkBuilds: () => Promise<Health['ffmpeg_builds']>;
  /** Never rejects. Waits only for the first response of the database, and only for a short time. */
  readonly checkStore: () => Promise<Check>;
  /** Returns the last known result at once; never throws. */
  readonly checkStorage: () => Check;
  /** Never rejects. Waits for the database only for a short time. */
  readonly checkRunners: () => Promise<Health['checks']['runners']>;
};

export type HealthReporter = ReturnType<typeof createHealth>;

const SERVICE = 'ffmpeg-functions';

export function createHealth(options: HealthOptions) {
  const { version, activeStreams, isClosing, checkFfmpeg, checkBuilds, checkStore, checkStorage, checkRunners } =
    options;

  async function report(): Promise<Health> {
    const [{ version: ffmpegVersion, confinement, ...ffmpeg }, builds, store, runners] = await Promise.all([
      checkFfmpeg(),
      checkBuilds(),
      checkStore(),
      checkRunners(),
    ]);
    const checks = { ffmpeg, store, storage: checkStorage(), runners };
    return {
      status: isClosing() ? 'unhealthy' : statusOf(checks),
      service: SERVICE,
      version,
      uptime_seconds: Math.round(process.uptime()),
      active_streams: activeStreams(),
      ffmpeg_version: ffmpegVersion,
      confinement,
      ffmpeg_builds: builds,
      checks,
    };
  }

  return {
    report,
    /** Reports whether the service accepts new work. */
    async ready(): Promise<z.output<typeof PROBE>> {
      return { status: (await report()).status === 'unhealthy' ? 'failed' : 'ok' };
    },
  };
}

/** Without ffmpeg nothing works. Without any other part, some requests still do. */
function statusOf(checks: Health['checks']): Health['status'] {
  if (checks.ffmpeg.status === 'failed') return 'unhealthy';
  const { runners, ...others } = checks;
  const all = [...Object.values(others), ...Object.values(runners)];
  const isHealthy = all.every(({ status }) => status === 'ok' || status === 'disabled');
  return isHealthy ? 'healthy' : 'degraded';
}
