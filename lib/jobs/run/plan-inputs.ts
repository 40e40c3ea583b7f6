import type { MediaFacts } from '#lib/jobs/media/facts.ts';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { plan } from '#lib/jobs/plan/plan.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import { confirmCuts } from './confirm-cuts.ts';
import { knownFonts } from './known-fonts.ts';
import type { ProbeOptions } from './probe-file.ts';
import type { JobPrograms } from './run-tools.ts';

export type PlanInputsOptions = ProbeOptions & {
  readonly programs: JobPrograms;
  readonly facts: ReadonlyMap<string, MediaFacts>;
  /** The bytes of the inputs that are subtitles. */
  readonly texts: ReadonlyMap<string, Uint8Array>;
  /** Input → path of its file, from the scratch folder. */
  readonly files: ReadonlyMap<string, string>;
  /** Outputs that must not be copied, each with the reason. */
  readonly notCopied: ReadonlyMap<number, string>;
};

/**
 * Plans a job over files of the scratch folder. An output whose copy would begin with a frame that needs earlier ones is
 * planned to be encoded. Throws as `plan` and `probeFile` do.
 */
export async function planInputs(spec: JobSpec, options: PlanInputsOptions): Promise<JobPlan> {
  const { facts, texts, programs } = options;
  const notCopied = new Map(options.notCopied);
  const fonts = await knownFonts(spec, programs);
  for (;;) {
    const planned = plan(spec, facts, programs.ffmpeg.capabilities, { notCopied, texts, fonts });
    const refuted = await confirmCuts(planned, options);
    if (refuted.size === 0) return planned;
    for (const [output, because] of refuted) notCopied.set(output, because);
  }
}
