import type { ClipPicture } from '#lib/jobs/plan/clip-picture.ts';
import { sourcesOf } from '#lib/jobs/plan/clip-sources.ts';
import type { ClipSource, PlannedClip } from '#lib/jobs/plan/planned-clip.ts';

/** The frames and samples of one source in an opening. */
export type OpenedPart = {
  /** Its number among the sources of the window. */
  readonly source: number;
  readonly firstFrame: number;
  readonly frames: number;
  readonly firstSample: number;
  readonly samples: number;
};

/** An input that is opened once for sources that go on where the last has ended. */
export type Opening = Pick<ClipSource, 'input' | 'container' | 'from' | 'picture' | 'sound' | 'isMono'> & {
  readonly frames: number;
  readonly samples: number;
  readonly parts: readonly OpenedPart[];
};

/** Returns the inputs that a window opens, in order. Nothing is held in between: a source that comes later is opened anew. */
export function openingsOf(clips: readonly PlannedClip[]): Opening[] {
  const openings: Opening[] = [];
  const lengths = clips.flatMap((clip) => (clip.transition === null ? [clip] : [clip, clip]));
  for (const [source, { continues, ...own }] of sourcesOf(clips).entries()) {
    const { frames = 0, samples = 0 } = lengths[source] ?? {};
    const last = continues ? openings.at(-1) : undefined;
    const part = { source, firstFrame: last?.frames ?? 0, frames, firstSample: last?.samples ?? 0, samples };
    if (last === undefined) openings.push({ ...own, frames, samples, parts: [part] });
    else openings[openings.length - 1] = extended(last, own, part);
  }
  return openings;
}

function extended(
  opening: Opening,
  { picture, sound }: Pick<ClipSource, 'picture' | 'sound'>,
  part: OpenedPart,
): Opening {
  const frames = opening.frames + part.frames;
  return {
    ...opening,
    frames,
    samples: opening.samples + part.samples,
    sound: opening.sound ?? sound,
    picture: picture && opening.picture && withPadding(picture, opening.picture, frames),
    parts: [...opening.parts, part],
  };
}

/** Each part may lack frames, but what a decoder may leave out is at the end of the input, and counts once. */
function withPadding(picture: ClipPicture, before: ClipPicture, frames: number): ClipPicture {
  const missing = before.missing + picture.missing;
  return { ...picture, missing, padding: Math.min(frames, missing + picture.slack) };
}
