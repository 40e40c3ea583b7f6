import type { PlannedTransition } from '#lib/jobs/plan/planned-clip.ts';

/** All sound of the timeline, at every joint. */
export const PINNED_SOUND = 'aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo';

/** What leaves the timeline. Chunks of a long timeline are stored like this, so that both ways give the same samples. */
export const FINISHED_SOUND = 'asetpts=N/SR/TB,aformat=sample_fmts=s16:sample_rates=48000:channel_layouts=stereo';

type SoundChain = {
  /** Where the clip begins in the opened input, seconds. */
  readonly offset: string;
  readonly samples: number;
  readonly isMono: boolean;
};

/**
 * Returns the filters that give the sound of a clip its exact length. Holes become silence and sound that begins late
 * stays late; its time stamps are moved by the same offset as those of the picture.
 */
export function soundChain({ offset, samples, isMono }: SoundChain): string {
  return [
    `atrim=start=${offset}`,
    `asetpts=PTS-${offset}/TB`,
    'aresample=48000:async=1:min_hard_comp=0.02:first_pts=0',
    // By itself, ffmpeg makes a single channel 3 dB quieter in each of two.
    ...(isMono ? ['pan=stereo|c0=c0|c1=c0'] : []),
    PINNED_SOUND,
    'apad',
    `atrim=end_sample=${samples}`,
  ].join(',');
}

/** Returns the filters that cut a part out of the sound of a clip. */
export function soundPart({
  firstSample,
  samples,
}: {
  readonly firstSample: number;
  readonly samples: number;
}): string {
  return `atrim=start_sample=${firstSample}:end_sample=${firstSample + samples},asetpts=N/SR/TB`;
}

type CrossFade = Pick<PlannedTransition, 'skipped' | 'whole'> & {
  /** The links of both sounds, each with this number of samples. */
  readonly before: string;
  readonly after: string;
  readonly samples: number;
};

/** Returns the filters that fade one sound into another, in part or whole. Their sum is never louder than the louder one. */
export function crossFade({ before, after, samples, skipped, whole }: CrossFade): string {
  const share = `(n+${skipped.samples})/${whole.samples}`;
  const faded = (gain: string): string =>
    `aeval=exprs=val(0)*${gain}|val(1)*${gain}:channel_layout=same,${PINNED_SOUND}`;
  const [out, into] = [before, after].map((link) => `${link.slice(0, -1)}faded]`);
  return [
    `${before}${faded(`(1-${share})`)}${out}`,
    `${after}${faded(share)}${into}`,
    `${out}${into}amix=inputs=2:duration=first:normalize=0,${PINNED_SOUND},atrim=end_sample=${samples},asetpts=N/SR/TB`,
  ].join(';');
}

/** Returns a source of silence. */
export function silence(samples: number): string {
  return `anullsrc=r=48000:cl=stereo,${PINNED_SOUND},atrim=end_sample=${samples}`;
}

/** Returns the start of a chain that plays these links one after the other. `kinds`: what they are, as `concat` has it. */
export function joined(links: readonly string[], kinds: string): string {
  return links.length === 1 ? links.join('') : `${links.join('')}concat=n=${links.length}:${kinds},`;
}
