import type { Config } from '#lib/config.ts';
import { createProbeAhead, type ProbeAhead, type ProbeAheadOptions } from '#lib/jobs/probe-ahead.ts';
import { createShare } from '#lib/work/shares.ts';

/** Requests that probe sources by their ends: probes and dry runs. */
const PROBES = { budget: 'probes', limit: 3, reserve: 1, perAccount: 2 };

export function openProbeAhead({
  config,
  ...parts
}: Pick<ProbeAheadOptions, 'sources' | 'programs' | 'directory'> & { readonly config: Config }): ProbeAhead {
  return createProbeAhead({ ...parts, probes: createShare(PROBES), niceness: config.JOB_NICENESS });
}
