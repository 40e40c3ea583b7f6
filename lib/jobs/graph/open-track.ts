import type { SoundClip } from '#lib/jobs/plan/planned-mix.ts';
import { openClip } from './inputs.ts';
import { silence, soundChain } from './sound-chain.ts';

/** Sound that is opened: input options, the number of files, the inputs, and a chain of filters for each part. */
export type OpenedSound = {
  readonly inputs: readonly string[];
  readonly opened: number;
  readonly used: readonly string[];
  readonly chains: readonly string[];
};

/** Opens the parts of a sound track that follow each other. Silence opens nothing. `files`: input → path. */
export function openTrack(track: readonly SoundClip[], files: ReadonlyMap<string, string>): OpenedSound {
  const inputs: string[] = [];
  const used: string[] = [];
  const chains = track.map(({ samples, source }) => {
    if (source === null) return silence(samples);
    const { args, offset } = openClip({ ...source, picture: null }, files.get(source.input) ?? '');
    inputs.push(...args);
    used.push(source.input);
    return `[${used.length - 1}:${source.stream}]${soundChain({ offset, samples, isMono: source.isMono })}`;
  });
  return { inputs, opened: used.length, used, chains };
}
