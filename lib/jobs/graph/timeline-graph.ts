import type { Geometry, PlannedClip, SoundClip } from '#lib/jobs/plan/job-plan.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import { clipSounds, pictureChains } from './clip-chains.ts';
import { openClip } from './inputs.ts';
import { openTrack } from './open-track.ts';
import { type Opening, openingsOf } from './openings.ts';
import { FINISHED_SOUND } from './sound-chain.ts';

export type TimelineWindow = {
  /** Clips that follow each other on the timeline. */
  readonly clips: readonly PlannedClip[];
  readonly fps: FrameRate;
  /** The geometries in which the picture is needed. */
  readonly geometries: readonly Geometry[];
  readonly needsSound: boolean;
  /** What is heard in the window instead of the sound of the clips; null when it is theirs. */
  readonly track: readonly SoundClip[] | null;
  /** Input → path. */
  readonly files: ReadonlyMap<string, string>;
  /** Where the tables of tones are. */
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
  const { fps, geometries, needsSound, track, files, folder } = window;
  const isSeen = geometries.length > 0 || track === null;
  const clips = isSeen ? window.clips : [];
  const openings = openingsOf(clips);
  const opened = openings.map((opening) => openClip(opening, files.get(opening.input) ?? ''));
  const openedWindow = { clips, fps, openings, opened, folder };
  const filters = pictureChains(openedWindow, geometries);
  const pictures = geometries.map((_, number) => {
    const joined = join(
      clips.map((__, index) => `[c${index}g${number}]`),
      'v=1:a=0',
    );
    filters.push(
      `${joined}${FINISHED_PICTURE},settb=${fps.den}/${fps.num},setpts=N+${clips[0]?.firstFrame ?? 0}[v${number}]`,
    );
    return `[v${number}]`;
  });
  const inputs = opened.flatMap(({ args }) => args);
  if (!needsSound) {
    const kept = openings.flatMap((opening, index) =>
      startsByUse(opening) ? [`[${index}:${opening.sound}]anullsink`] : [],
    );
    return { inputs, opened: opened.length, filters: [...filters, ...kept], pictures, sound: null };
  }
  const heard =
    track === null
      ? { inputs: [], opened: 0, chains: clipSounds(openedWindow), parts: clips.length }
      : trackSounds(track, { files, first: opened.length });
  const links = Array.from({ length: heard.parts }, (_, index) => `[c${index}a]`);
  return {
    inputs: [...inputs, ...heard.inputs],
    opened: opened.length + heard.opened,
    filters: [...filters, ...heard.chains, `${join(links, 'v=0:a=1')}${FINISHED_SOUND}[a]`],
    pictures,
    sound: '[a]',
  };
}

function trackSounds(track: readonly SoundClip[], options: Parameters<typeof openTrack>[1]) {
  const { chains, ...rest } = openTrack(track, options);
  return { ...rest, chains: chains.map((chain, index) => `${chain}[c${index}a]`), parts: chains.length };
}

/**
 * Returns whether ffmpeg counts the times of an input from the start of the streams that are used, not of all. Its sound
 * must then be used, so that a picture without sound shows the same frames as a film.
 */
function startsByUse({ container, picture, sound }: Opening): boolean {
  return picture !== null && sound !== null && /^(?:mpegts|mpeg|flv|ogg|asf)\b/.test(container);
}

/** All pictures of the timeline, at every joint. */
const FINISHED_PICTURE = 'format=yuv420p,setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709';

/** Returns the start of a chain that plays these links one after the other. */
function join(links: readonly string[], kinds: string): string {
  return links.length === 1 ? links.join('') : `${links.join('')}concat=n=${links.length}:${kinds},`;
}
