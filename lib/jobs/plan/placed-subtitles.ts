import type { StepOf } from '#lib/jobs/spec/steps.ts';
import type { Cue } from '#lib/jobs/subtitles/cue.ts';

/** A file of subtitles on the timeline. Times are exact seconds. */
export type PlacedSubtitles = {
  readonly step: StepOf<'subtitles'>;
  readonly index: number;
  /** The length of the timeline at the step: the cues count in it. */
  readonly length: number;
  /** What later steps keep of it. */
  readonly from: number;
  readonly to: number;
};

type PlaceOptions = Pick<PlacedSubtitles, 'index' | 'length'>;

export function placedSubtitles(step: StepOf<'subtitles'>, { index, length }: PlaceOptions): PlacedSubtitles {
  return { step, index, length, from: 0, to: length };
}

/** Returns what is left of subtitles when a range of the timeline is kept. */
export function trimmedSubtitles(
  placed: PlacedSubtitles,
  { from, to }: { readonly from: number; readonly to: number },
): PlacedSubtitles {
  return { ...placed, from: placed.from + from, to: placed.from + to };
}

export type ShownOptions = Pick<PlacedSubtitles, 'index' | 'length' | 'from' | 'to'> & {
  /** What messages call the cues. */
  readonly name: string;
  readonly warn: (text: string) => void;
};

/** Returns the cues as they are shown: from 0 on when the kept part begins. Warns of those that are not. */
export function shownCues(cues: readonly Cue[], { length, from, to, index, name, warn }: ShownOptions): Cue[] {
  const [endMs, startMs, stopMs] = [length, from, to].map((seconds) => Math.round(seconds * 1_000)) as [
    number,
    number,
    number,
  ];
  const shown = cues.flatMap(({ fromMs, toMs, text }) => {
    const cue = { fromMs: Math.max(fromMs, startMs) - startMs, toMs: Math.min(toMs, stopMs) - startMs, text };
    return cue.toMs > cue.fromMs ? [cue] : [];
  });
  const late = cues.filter(({ fromMs }) => fromMs >= endMs).length;
  if (late > 0) warn(`${late} cues of ${name} begin after the end of the timeline: they are left out`);
  if (shown.length === 0) warn(`steps[${index}] adds no subtitles: no cue of ${name} is in the timeline`);
  return shown;
}
