import { confinedInput } from '#lib/jobs/media/formats.ts';
import type { SoundLayer } from '#lib/jobs/plan/planned-mix.ts';
import { fade } from './fades.ts';
import { openClip } from './inputs.ts';
import type { OpenedSound } from './open-track.ts';
import { PINNED_SOUND, soundChain } from './sound-chain.ts';

/** Returns the name of the file with a sound that begins again and again. */
export function bedFile(step: number): string {
  return `bed-${step}.wav`;
}

type Added = NonNullable<SoundLayer['added']>;

type LayerOptions = {
  /** Input → path. */
  readonly files: ReadonlyMap<string, string>;
  /** Where the files of repeated sounds are. */
  readonly folder: string;
  /** Number of the first file among all that ffmpeg opens. */
  readonly first: number;
};

/** Opens the sounds that layers add. Each chain begins with the timeline; one that adds nothing is empty. */
export function openLayers(layers: readonly SoundLayer[], { files, folder, first }: LayerOptions): OpenedSound {
  let number = first;
  const opened = layers.map(({ step, added }) => {
    if (added === null) return { args: [], used: [], chain: '' };
    const { args, used, start } = openAdded(added, { number, files, bed: `${folder}/${bedFile(step)}` });
    number += 1;
    return { args, used, chain: `${start},${placed(added)}` };
  });
  return {
    inputs: opened.flatMap(({ args }) => args),
    opened: number - first,
    used: opened.flatMap(({ used }) => used),
    chains: opened.map(({ chain }) => chain),
  };
}

type AddedOptions = Pick<LayerOptions, 'files'> & { readonly number: number; readonly bed: string };

/** Opens the input, or the file with a sound that begins again and again. */
function openAdded({ source, bed: repeated, lead, samples }: Added, { number, files, bed }: AddedOptions) {
  if (repeated === null) {
    const { args, offset } = openClip({ ...source, picture: null }, files.get(source.input) ?? '');
    const start = `[${number}:${source.stream}]${soundChain({ offset, samples: lead + samples, isMono: source.isMono })}`;
    return { args, used: [source.input], start };
  }
  const { skipped } = repeated;
  const range = `atrim=start_sample=${skipped}:end_sample=${skipped + lead + samples}`;
  return {
    args: ['-stream_loop', '-1', ...confinedInput(bed, 'wav')],
    used: [],
    start: `[${number}:0]asetpts=N,${range},${PINNED_SOUND}`,
  };
}

/** Returns the filters that give a sound its fades and its volume, and put it on the timeline. */
function placed({ fades, lead, volume, firstSample }: Added): string {
  return [
    ...['asettb=1/48000', 'asetpts=N'],
    ...fades.map(({ kind, firstSample: first, samples }) => fade(kind, first, samples)),
    ...(lead > 0 ? [`atrim=start_sample=${lead}`, 'asetpts=N'] : []),
    ...(volume === 1 ? [] : [`volume=${volume}`]),
    ...(firstSample > 0 ? [`adelay=delays=${firstSample}S:all=1`] : []),
    PINNED_SOUND,
  ].join(',');
}
