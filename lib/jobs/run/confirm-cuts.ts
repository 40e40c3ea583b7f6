import type { MediaFacts } from '#lib/jobs/media/facts.ts';
import { createKeyFrameReader, keyFrameArguments, mayMislead } from '#lib/jobs/media/key-frame.ts';
import type { CopiedPart, JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { perSecond } from '#lib/jobs/plan/rates.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import { type ProbeOptions, probe } from './probe-file.ts';

export type ConfirmOptions = ProbeOptions & {
  /** Input → path of its file, from the scratch folder. */
  readonly files: ReadonlyMap<string, string>;
  readonly facts: ReadonlyMap<string, MediaFacts>;
};

/** Most bytes that ffprobe prints of one key frame. */
const DUMP_BYTES = 64 << 20;

/**
 * Looks at the key frames at which copied pictures are cut: a container also marks frames that need earlier ones.
 * Returns the numbers of the outputs that have to be encoded, each with the reason.
 */
export async function confirmCuts(
  plan: Pick<JobPlan, 'outputs'>,
  options: ConfirmOptions,
): Promise<Map<number, string>> {
  const confirmed = new Map<string, boolean>();
  const refuted = new Map<number, string>();
  for (const [index, output] of plan.outputs.entries()) {
    if (output.kind !== 'copy' || output.picture === null || !mayMislead(output.picture.codec)) continue;
    for (const part of output.picture.parts) {
      if (part.seekSeconds === null) continue;
      const key = `${part.input} ${part.seekSeconds}`;
      const isKey = confirmed.get(key) ?? (await startsAnew(part, output.picture, options));
      confirmed.set(key, isKey);
      if (!isKey)
        refuted.set(
          index,
          `the frame of inputs.${part.input} at ${Math.round(part.seekSeconds * 1_000) / 1_000} s needs earlier ones`,
        );
    }
  }
  return refuted;
}

type Picture = { readonly codec: string; readonly rate: FrameRate };

async function startsAnew(part: CopiedPart, { codec, rate }: Picture, options: ConfirmOptions): Promise<boolean> {
  const { files, facts } = options;
  const { container, stream } = part;
  const file = files.get(part.input) ?? '';
  const at = (part.seekSeconds ?? 0) + (facts.get(part.input)?.startSeconds ?? 0);
  const half = 0.5 / perSecond(rate);
  const reader = createKeyFrameReader(codec, at - half);
  const args = keyFrameArguments(file, { container, stream, seconds: at + half });
  await probe(file, args, options, { outputBytes: DUMP_BYTES, onLine: reader.read });
  return reader.startsAnew();
}
