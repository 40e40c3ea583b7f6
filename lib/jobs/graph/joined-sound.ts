import type { PlannedSound } from '#lib/jobs/plan/job-plan.ts';
import type { SoundMix } from '#lib/jobs/plan/planned-mix.ts';
import { audioArguments, joinedSoundArguments } from './encoders.ts';
import { openLayers } from './open-layers.ts';
import { silence } from './sound-chain.ts';
import { soundMix } from './sound-mix.ts';

type JoinedOptions = {
  readonly mix: SoundMix;
  readonly samples: number;
  /** Number of the input that is the list of the chunks; null when the mix begins with silence. */
  readonly chunks: number | null;
  /** How many files have the sound. */
  readonly count: number;
  /** Number of the next input. */
  readonly first: number;
  /** Input → path. */
  readonly files: ReadonlyMap<string, string>;
  readonly folder: string;
};

/** The sound of a whole timeline: what ffmpeg opens for it, its filter graph, and the options of each file's stream. */
export type JoinedSound = {
  readonly inputs: readonly string[];
  readonly used: readonly string[];
  readonly graph: readonly string[];
  /** `number`: that of the file among those that have the sound. */
  readonly stream: (sound: PlannedSound, number: number) => string[];
};

const SILENT: JoinedSound = { inputs: [], used: [], graph: [], stream: () => [] };

/** Joins the chunks of a sound and adds the layers, over the whole, so that nothing is heard at the joints. */
export function joinedSound(options: JoinedOptions): JoinedSound {
  const { mix, samples, chunks, count, first, files, folder } = options;
  if (count === 0) return SILENT;
  if (chunks !== null && mix.layers.length === 0) {
    return { inputs: [], used: [], graph: [], stream: (sound) => joinedSoundArguments(chunks, sound) };
  }
  const { inputs, used, chains } = openLayers(mix.layers, { files, folder, first });
  const base = chunks === null ? `${silence(samples)},` : `[${chunks}:0]`;
  const links = Array.from({ length: count }, (_, number) => `[s${number}]`);
  const filters = [
    ...soundMix({ base, layers: mix.layers, chains, samples, result: '[mixed]' }),
    `[mixed]asplit=${count}${links.join('')}`,
  ];
  return {
    ...{ inputs, used },
    graph: ['-filter_complex', filters.join(';')],
    stream: (sound, number) => ['-map', links[number] ?? '', ...audioArguments(sound)],
  };
}
