import type { StepOf } from '#lib/jobs/spec/steps.ts';
import { SHORTEST_SECONDS, shownSeconds } from './input-range.ts';
import type { PlannedChapter } from './job-plan.ts';
import { refusal } from './refusal.ts';

/** Where a chapter begins on the timeline, seconds. */
export type PlacedChapter = StepOf<'chapters'>['chapters'][number];

type PlaceOptions = { readonly index: number; readonly length: number };

/** Returns the chapters of a step. Throws for one that would begin after the end of the timeline. */
export function placedChapters(step: StepOf<'chapters'>, { index, length }: PlaceOptions): readonly PlacedChapter[] {
  for (const [number, { at }] of step.chapters.entries()) {
    if (at < length - SHORTEST_SECONDS) continue;
    const message = `at is ${at}, not before the end of the timeline at ${shownSeconds(length)} s`;
    throw refusal({ field: `steps[${index}].chapters[${number}].at`, step: index }, message, { value: at });
  }
  return step.chapters;
}

/** Returns what is left of chapters when a range of the timeline is kept: one that has begun begins with it. */
export function trimmedChapters(
  chapters: readonly PlacedChapter[],
  { from, to }: { readonly from: number; readonly to: number },
): PlacedChapter[] {
  const sorted = inOrder(chapters);
  return sorted.flatMap((chapter, number) => {
    const ends = sorted[number + 1]?.at ?? to;
    const isKept = ends > from && chapter.at < to;
    return isKept ? [{ ...chapter, at: Math.max(0, chapter.at - from) }] : [];
  });
}

/** Returns the chapters of files, each up to the next. */
export function chaptersOf(chapters: readonly PlacedChapter[], seconds: number): PlannedChapter[] {
  const sorted = inOrder(chapters);
  return sorted.flatMap(({ at, title }, number) => {
    const [fromMs, toMs] = [at, sorted[number + 1]?.at ?? seconds].map((time) => Math.round(time * 1_000));
    return fromMs !== undefined && toMs !== undefined && toMs > fromMs ? [{ fromMs, toMs, title }] : [];
  });
}

/** The sort is stable: of two chapters at the same time, the later one stays the later one. */
function inOrder(chapters: readonly PlacedChapter[]): PlacedChapter[] {
  return chapters.toSorted((one, other) => one.at - other.at);
}
