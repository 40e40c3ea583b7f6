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
  /** Samples heard so far. */
  readonly heard: () => number;
  /** The list of changes of speed, in order. */
  readonly changes: SpeedChange[];
  readonly note: (what: object) => void;
  readonly onAdjusted: () => void;
  readonly onDeviation: (words: string) => void;
};

/** Audio that may be in transit when a change is confirmed: the lead of a live stream, and the content of pipes; s. */
const ON_ITS_WAY_SECONDS = 3.5;

/** Changes a stream's filters until the signal. Every change must be accepted. */
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
    if (!holds(filters, patch)) onDeviation(`${JSON.stringify(patch)} resulted in ${JSON.stringify(filters)}`);
    onAdjusted();
  } catch (error) {
    if (signal.aborted) return;
    const { code = '', message } = error as { code?: string; message: string };
    onDeviation(`${JSON.stringify(patch)} was refused: ${code} ${message}`);
    // The result of this change is unknown.
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
