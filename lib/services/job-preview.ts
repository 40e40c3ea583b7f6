import type { Config } from '#lib/config.ts';
import { refuseOverrun } from '#lib/identity/limits/cpu-time.ts';
import type { RateLimits } from '#lib/identity/limits/rate-limits.ts';
import type { Preview, PreviewOptions } from '#lib/jobs/preview/preview.ts';
import { RUN_LIMITS } from '#lib/jobs/run/run-limits.ts';
import { onceSuccessful } from '#lib/work/once-successful.ts';
import { createShare } from '#lib/work/shares.ts';

type PreviewParts = Pick<PreviewOptions, 'sources' | 'programs' | 'supervisor' | 'directory'> & {
  readonly config: Config;
  readonly rateLimits: Pick<RateLimits, 'cpuMs'>;
};

/** Opens the previews of jobs. Of several places, one is kept for another caller. */
export function openPreview({ config, rateLimits: { cpuMs }, ...parts }: PreviewParts): Preview {
  const { JOB_PREVIEWS: places, JOB_NICENESS: niceness } = config;
  const reserve = places > 1 ? 1 : 0;
  const options: PreviewOptions = {
    ...parts,
    limits: { ...RUN_LIMITS, niceness },
    previews: createShare({ budget: 'previews', limit: places - reserve, reserve }),
    refuseOverrun: (caller) => refuseOverrun(caller, cpuMs),
    usedCpu(account, seconds) {
      const points = Math.round(seconds * 1_000);
      if (points > 0) void cpuMs.count(account, { points });
    },
  };
  // An idle host does without this code, which saves memory.
  const preview = onceSuccessful(async () => {
    const { createPreview } = await import('#lib/jobs/preview/preview.ts');
    return createPreview(options);
  });
  return async (spec, request) => await (await preview())(spec, request);
}
