import type { MediaFacts } from '#lib/jobs/media/facts.ts';
import { holdsStill } from '#lib/jobs/media/formats.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import { clipsOf } from '#lib/jobs/spec/steps.ts';

/**
 * Returns whether the facts of an input's ends put the frames of the timeline where the whole input would: either the
 * container states the length of each stream exactly, or each clip of the input states where it ends.
 */
export function isExact(input: string, facts: MediaFacts | undefined, { steps }: Pick<JobSpec, 'steps'>): boolean {
  if (facts === undefined) return false;
  if (holdsStill(facts.container) || statesLengths(facts)) return true;
  const clips = steps.flatMap((step) => clipsOf(step)).filter(({ clip }) => clip.input === input);
  return clips.length > 0 && clips.every(({ clip }) => clip.to !== undefined);
}

/** The index of MP4 and MOV has the length of every frame. */
function statesLengths({ container, streams }: MediaFacts): boolean {
  return /^mov\b/.test(container) && streams.every((stream) => stream.kind === 'other' || stream.endSeconds !== null);
}
