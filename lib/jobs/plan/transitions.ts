import type { TransitionSpec } from '#lib/jobs/spec/steps.ts';
import { SHORTEST_SECONDS, shownSeconds } from './input-range.ts';
import { refusal } from './refusal.ts';
import type { Segment, SegmentTransition } from './segment.ts';

/**
 * Returns the segments with a transition between each two: the end of one and the start of the next become a segment of
 * their own. Throws for a clip that is shorter than its transitions.
 */
export function withTransitions(
  clips: readonly Segment[],
  { type, seconds }: TransitionSpec,
  field: string,
): readonly Segment[] {
  if (type === 'cut') return clips;
  const last = clips.length - 1;
  return clips.flatMap((clip, index) => {
    const begins = clip.from + (index > 0 ? seconds : 0);
    const ends = clip.to - (index < last ? seconds : 0);
    if (begins > ends + SHORTEST_SECONDS) throw tooLong(clip, { seconds, field });
    const own = ends - begins > SHORTEST_SECONDS ? [{ ...clip, from: begins, to: ends }] : [];
    const next = clips[index + 1];
    if (next === undefined) return own;
    const after = { ...next, to: next.from + seconds };
    const transition: SegmentTransition = { type, after, skipped: 0, seconds };
    return [...own, { ...clip, from: ends, to: ends + seconds, transition }];
  });
}

/** Returns a segment whose ends are moved by these seconds, and with it what it changes to. */
export function movedEnds(segment: Segment, { start, end }: { readonly start: number; readonly end: number }): Segment {
  const { from, to, transition } = segment;
  const ends = { from: from + start, to: to + end };
  if (transition === null) return { ...segment, ...ends };
  const after = movedEnds(transition.after, { start, end });
  return { ...segment, ...ends, transition: { ...transition, after, skipped: transition.skipped + start } };
}

function tooLong({ place, from, to }: Segment, { seconds, field }: { seconds: number; field: string }) {
  const message = `the transitions of ${shownSeconds(seconds)} s do not fit into ${place.field}, which has ${shownSeconds(to - from)} s`;
  return refusal({ ...place, field: `${field}.seconds` }, message, { value: seconds });
}
