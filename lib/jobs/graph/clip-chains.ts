import type { Geometry } from '#lib/jobs/plan/job-plan.ts';
import type { PlannedClip, PlannedTransition } from '#lib/jobs/plan/planned-clip.ts';
import { perSecond } from '#lib/jobs/plan/rates.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import type { OpenedClip } from './inputs.ts';
import type { OpenedPart, Opening } from './openings.ts';
import { fittedChain, frameClock, gridChain, rate } from './picture-chain.ts';
import { crossFade, silence, soundChain, soundPart } from './sound-chain.ts';

/** The clips of a window, and their inputs in the order in which they are opened. */
export type OpenedWindow = {
  readonly clips: readonly PlannedClip[];
  readonly fps: FrameRate;
  readonly openings: readonly Opening[];
  readonly opened: readonly OpenedClip[];
  /** Where the tables of tones are. */
  readonly folder: string;
};

/** Returns the filters that make the pictures of the clips, `[c0g0]` … for each clip and geometry. */
export function pictureChains(window: OpenedWindow, geometries: readonly Geometry[]): string[] {
  const { clips, fps, openings, opened, folder } = window;
  const links = linksOf(clips);
  const made = openings.flatMap(({ picture, frames, parts }, number) => {
    if (picture === null || geometries.length === 0) return [];
    const { offset = '0' } = opened[number] ?? {};
    const seen = geometries.map((_, geometry) => `[i${number}s${geometry}]`);
    const grid = gridChain({ picture, fps, offset, folder });
    return [
      `[${number}:${picture.stream}]${grid},split=${seen.length}${seen.join('')}`,
      ...geometries.flatMap((geometry, index) => {
        const chain = fittedChain({ picture, frames, fps }, geometry, `i${number}g${index}`);
        const cut = ({ firstFrame, frames: count }: OpenedPart) =>
          `trim=start_frame=${firstFrame}:end_frame=${firstFrame + count},${frameClock(fps)}`;
        const ends = parts.map(({ source }) => `[${links[source]}g${index}]`);
        return divided(`[i${number}s${index}]${chain}`, {
          filter: 'split',
          link: `i${number}g${index}`,
          parts,
          ends,
          cut,
        });
      }),
    ];
  });
  const changes = clips.flatMap(({ transition, frames }, clip) =>
    transition === null
      ? []
      : geometries.map((_, index) =>
          pictureChange({ ...transition, frames, fps }, (end) => `[c${clip}${end}g${index}]`),
        ),
  );
  return [...made, ...changes];
}

/** Returns the filters that make the sound of the clips, `[c0a]` … for each. */
export function clipSounds({ clips, openings, opened }: OpenedWindow): string[] {
  const links = linksOf(clips);
  const made = openings.flatMap(({ sound, isMono, samples, parts }, number) => {
    const ends = parts.map(({ source }) => `[${links[source]}a]`);
    if (sound === null) return parts.map((part, index) => `${silence(part.samples)}${ends[index]}`);
    const { offset = '0' } = opened[number] ?? {};
    const chain = `[${number}:${sound}]${soundChain({ offset, samples, isMono })}`;
    return divided(chain, { filter: 'asplit', link: `i${number}a`, parts, ends, cut: soundPart });
  });
  const changes = clips.flatMap(({ transition, samples }, clip) =>
    transition === null
      ? []
      : [`${crossFade({ ...transition, samples, before: `[c${clip}beforea]`, after: `[c${clip}aftera]` })}[c${clip}a]`],
  );
  return [...made, ...changes];
}

/** Returns the start of the links of each source: `c0`, or `c0before` and `c0after` in a transition. */
function linksOf(clips: readonly PlannedClip[]): string[] {
  return clips.flatMap(({ transition }, clip) =>
    transition === null ? [`c${clip}`] : [`c${clip}before`, `c${clip}after`],
  );
}

type Division = {
  readonly filter: 'split' | 'asplit';
  /** The start of the links in between. */
  readonly link: string;
  readonly parts: readonly OpenedPart[];
  readonly ends: readonly string[];
  readonly cut: (part: OpenedPart) => string;
};

/** Ends a chain in the links of its parts. */
function divided(chain: string, { filter, link, parts, ends, cut }: Division): string[] {
  if (parts.length === 1) return [`${chain}${ends.join('')}`];
  const copies = parts.map((_, index) => `[${link}p${index}]`);
  return [
    `${chain},${filter}=${copies.length}${copies.join('')}`,
    ...parts.map((part, index) => `${copies[index]}${cut(part)}${ends[index]}`),
  ];
}

type ShownFrames = { readonly frames: number; readonly fps: FrameRate };

/** A transition that is only shown in part begins before its first frame. */
function pictureChange(
  { type, skipped, whole, frames, fps }: Pick<PlannedTransition, 'type' | 'skipped' | 'whole'> & ShownFrames,
  linkOf: (end: 'before' | 'after' | '') => string,
): string {
  const [duration, offset] = [whole.frames, -skipped.frames].map((count) => (count / perSecond(fps)).toFixed(6));
  const change = `xfade=transition=${type}:duration=${duration}:offset=${offset}`;
  // Renumbered frames have no rate in ffmpeg 7, and xfade demands one. It drops a frame that arrives with the end.
  const rated = (['before', 'after'] as const).map((end) => ({
    chain: `${linkOf(end)}fps=${rate(fps)},tpad=stop_mode=clone:stop=1`,
    link: linkOf(end).replace(']', 'r]'),
  }));
  const [before, after] = rated.map(({ chain, link }) => `${chain}${link}`);
  const links = rated.map(({ link }) => link).join('');
  return `${before};${after};${links}${change},format=yuv420p,trim=end_frame=${frames},${frameClock(fps)}${linkOf('')}`;
}
