import type { SoundClip } from '#lib/jobs/plan/job-plan.ts';
import { openClip } from './inputs.ts';
import { silence, soundChain } from './sound-chain.ts';

/** A sound track that is opened: input options, the number of files, and a chain of filters for each part. */
export type OpenedTrack = {
  readonly inputs: readonly string[];
  readonly opened: number;
  readonly chains: readonly string[];
};

type TrackOptions = {
  /** Input → path. */
  readonly files: ReadonlyMap<string, string>;
  /** Number of the first file among all that ffmpeg opens. */
  readonly first: number;
};

/** Opens the parts of a sound track that follow each other. Silence opens nothing. */
export function openTrack(track: readonly SoundClip[], { files, first }: TrackOptions): OpenedTrack {
  const inputs: string[] = [];
  let number = first;
  const chains = track.map(({ samples, source }) => {
    if (source === null) return silence(samples);
    const { args, offset } = openClip({ ...source, picture: null }, files.get(source.input) ?? '');
    inputs.push(...args);
    const volume = source.volume === 1 ? '' : `,volume=${source.volume}`;
    return `[${number++}:${source.stream}]${soundChain(offset, samples)}${volume}`;
  });
  return { inputs, opened: number - first, chains };
}
