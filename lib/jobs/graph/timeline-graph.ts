import type { Geometry } from '#lib/jobs/plan/job-plan.ts';
import type { PlannedClip } from '#lib/jobs/plan/planned-clip.ts';
import type { SoundMix } from '#lib/jobs/plan/planned-mix.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import { clipSounds, pictureChains } from './clip-chains.ts';
import { openClip } from './inputs.ts';
import { openLayers } from './open-layers.ts';
import { type Opening, openingsOf } from './openings.ts';
import { FINISHED_SOUND, joined, silence } from './sound-chain.ts';
import { soundMix } from './sound-mix.ts';

export type TimelineWindow = {
  /** Clips that follow each other on the timeline. */
  readonly clips: readonly PlannedClip[];
  readonly fps: FrameRate;
  /** The geometries in which the picture is needed. */
  readonly geometries: readonly Geometry[];
  readonly needsSound: boolean;
  /** What is heard in the window. */
  readonly mix: SoundMix;
  /** Input → path. */
  readonly files: ReadonlyMap<string, string>;
  /** Where the tables of tones, and sounds that are repeated, are. */
  readonly folder: string;
};

/** A filter graph that makes a window of the timeline. */
export type TimelineGraph = {
  /** Input options of ffmpeg. */
  readonly inputs: readonly string[];
  /** Number of files that they open. */
  readonly opened: number;
  readonly filters: readonly string[];
  /** The link of the picture in each geometry. Its frames count from the first frame of the window on. */
  readonly pictures: readonly string[];
  readonly sound: string | null;
};

/** Compiles a window of the timeline. */
export function timelineGraph(window: TimelineWindow): TimelineGraph {
  const { fps, geometries, needsSound, mix, files, folder } = window;
  const hearsClips = needsSound && mix.base === 'clips';
  const clips = geometries.length > 0 || hearsClips ? window.clips : [];
  const openings = openingsOf(clips);
  const opened = openings.map((opening) => openClip(opening, files.get(opening.input) ?? ''));
  const openedWindow = { clips, fps, openings, opened, folder };
  const filters = pictureChains(openedWindow, geometries);
  const pictures = geometries.map((_, number) => {
    const shown = joined(
      clips.map((__, index) => `[c${index}g${number}]`),
      'v=1:a=0',
    );
    filters.push(
      `${shown}${FINISHED_PICTURE},settb=${fps.den}/${fps.num},setpts=N+${clips[0]?.firstFrame ?? 0}[v${number}]`,
    );
    return `[v${number}]`;
  });
  const inputs = opened.flatMap(({ args }) => args);
  if (!hearsClips) {
    filters.push(
      ...openings.flatMap((opening, index) => (startsByUse(opening) ? [`[${index}:${opening.sound}]anullsink`] : [])),
    );
  }
  if (!needsSound) return { inputs, opened: opened.length, filters, pictures, sound: null };
  const samples = window.clips.reduce((sum, clip) => sum + clip.samples, 0);
  const ends = hearsClips ? clipSounds(openedWindow) : [];
  const links = clips.map((_, index) => `[c${index}a]`);
  const own = hearsClips ? `${joined(links, 'v=0:a=1')}${FINISHED_SOUND}` : silence(samples);
  if (mix.layers.length === 0) {
    return { inputs, opened: opened.length, filters: [...filters, ...ends, `${own}[a]`], pictures, sound: '[a]' };
  }
  const { layers } = mix;
  const added = openLayers(layers, { files, folder, first: opened.length });
  return {
    inputs: [...inputs, ...added.inputs],
    opened: opened.length + added.opened,
    filters: [
      ...filters,
      ...ends,
      ...soundMix({ base: `${own},`, layers, chains: added.chains, samples, result: '[a]' }),
    ],
    pictures,
    sound: '[a]',
  };
}

/**
 * Returns whether ffmpeg counts the times of an input from the start of the streams that are used, not of all. Its sound
 * must then be used, so that a picture without sound shows the same frames as a film.
 */
export function startsByUse({ container, picture, sound }: Pick<Opening, 'container' | 'picture' | 'sound'>): boolean {
  return picture !== null && sound !== null && /^(?:mpegts|mpeg|flv|ogg|asf)\b/.test(container);
}

/** All pictures of the timeline, at every joint. */
const FINISHED_PICTURE = 'format=yuv420p,setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709';
