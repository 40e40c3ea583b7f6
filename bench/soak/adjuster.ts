import { setTimeout as delay } from 'node:timers/promises';
import type { FilterPatch, Filters } from '#lib/playback/settings.ts';
import type { AudioStream } from '../../client/audio-stream.ts';
import { planAdjustments } from './adjustment-plan.ts';
import type { SpeedChange } from './position-check.ts';
import type { Random } from './random.ts';
import { SAMPLE_RATE } from './sound-format.ts';

export type AdjusterOptions = {
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Samples that have been heard. */
  readonly heard: () => number;
  /** Where changes of speed are written down, in their order. */
  readonly changes: SpeedChange[];
  readonly note: (what: object) => void;
  readonly onAdjusted: () => void;
  readonly onDeviation: (words: string) => void;
};

/** What may be on its way when a change is answered: the lead of a live stream, and what pipes hold; s. */
const ON_ITS_WAY_SECONDS = 3.5;

/** Changes a stream's filters until the signal; every change has to be taken. */
export async function keepAdjusting(stream: AudioStream, options: AdjusterOptions): Promise<void> {
  const { random, signal } = options;
  for (const { afterMs, patch } of planAdjustments(random)) {
    await delay(afterMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await adjust(stream, patch, options);
  }
}

async function adjust(stream: AudioStream, patch: FilterPatch, options: AdjusterOptions): Promise<void> {
  const { heard, changes, signal, onAdjusted, onDeviation } = options;
  const before = changes.at(-1)?.after ?? 1;
  const { speed = before } = patch;
  const change = { from: heard(), to: Number.POSITIVE_INFINITY, before, after: speed };
  if (speed !== before) changes.push(change);
  try {
    const { filters, applied_at_sample } = await stream.setFilters(patch);
    options.note({ patch, applied_at_sample, from: change.from, heard: heard() });
    if (!holds(filters, patch)) onDeviation(`${JSON.stringify(patch)} was answered with ${JSON.stringify(filters)}`);
    onAdjusted();
  } catch (error) {
    if (signal.aborted) return;
    const { code = '', message } = error as { code?: string; message: string };
    onDeviation(`${JSON.stringify(patch)} was refused: ${code} ${message}`);
    // Nobody knows what has become of it.
    if (speed !== before) changes.push({ ...change, before: speed, after: stream.filters.speed });
  } finally {
    change.to = heard() + ON_ITS_WAY_SECONDS * SAMPLE_RATE;
  }
}

function holds(filters: Filters, patch: FilterPatch): boolean {
  return (Object.keys(patch) as (keyof FilterPatch)[]).every(
    (field) => JSON.stringify(filters[field]) === JSON.stringify(patch[field]),
  );
}
