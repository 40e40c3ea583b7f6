/** All sound of the timeline, at every joint. */
export const PINNED_SOUND = 'aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo';

/** What leaves the timeline. Chunks of a long timeline are stored like this, so that both ways give the same samples. */
export const FINISHED_SOUND = 'asetpts=N/SR/TB,aformat=sample_fmts=s16:sample_rates=48000:channel_layouts=stereo';

/**
 * Returns the filters that give the sound of a clip its exact length. Holes become silence and sound that begins late
 * stays late; its time stamps are moved by the same offset as those of the picture.
 */
export function soundChain(offset: string, samples: number): string {
  return [
    `atrim=start=${offset}`,
    `asetpts=PTS-${offset}/TB`,
    'aresample=48000:async=1:min_hard_comp=0.02:first_pts=0',
    PINNED_SOUND,
    'apad',
    `atrim=end_sample=${samples}`,
  ].join(',');
}

/** Returns a source of silence. */
export function silence(samples: number): string {
  return `anullsrc=r=48000:cl=stereo,${PINNED_SOUND},atrim=end_sample=${samples}`;
}

/** Returns the start of a chain that plays these links one after the other. `kinds`: what they are, as `concat` has it. */
export function joined(links: readonly string[], kinds: string): string {
  return links.length === 1 ? links.join('') : `${links.join('')}concat=n=${links.length}:${kinds},`;
}
