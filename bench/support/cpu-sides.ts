import { processCpuSeconds, treeCpuSeconds } from './cpu.ts';
import type { Play, Played } from './orchestrator.ts';
import type { Rig } from './rig.ts';
import type { Line, Samples } from './row.ts';

export type CpuSides = {
  readonly rounds: number;
  /** What is played in each round, anew each time; one begins so long behind the other. */
  readonly baseline: () => readonly Play[];
  readonly ours: () => readonly Play[];
  readonly staggerMs?: number;
};

/** Processor seconds of both ways, in turn; `reading` is what the program that reads has taken of it. */
export type CpuSamples = { readonly whole: Samples; readonly reading: Samples; readonly played: readonly Played[] };

/** The line for what the program that reads takes. */
export const READING: Line = { unit: 's', at: 'p50' };

/**
 * What playing takes of the orchestrator and of the service, whichever has to do with it; neither of the source's server
 * nor of PostgreSQL. `played` are all plays of ours.
 */
export async function cpuOfSides(rig: Rig, { rounds, baseline, ours, staggerMs = 0 }: CpuSides): Promise<CpuSamples> {
  const whole = { baseline: [] as number[], ours: [] as number[] };
  const reading = { baseline: [] as number[], ours: [] as number[] };
  const played: Played[] = [];

  async function measure(side: 'baseline' | 'ours', plays: readonly Play[]): Promise<Played[]> {
    const now = () => ({
      whole: treeCpuSeconds(rig.orchestrator.pid) + treeCpuSeconds(rig.host.pid),
      reading: processCpuSeconds(rig.orchestrator.pid),
    });
    const before = now();
    const outcomes = await rig.orchestrator.play(plays, { staggerMs });
    await rig.settled();
    const after = now();
    whole[side].push(after.whole - before.whole);
    reading[side].push(after.reading - before.reading);
    return outcomes;
  }

  for (let round = 0; round < rounds; round += 1) {
    await measure('baseline', baseline());
    played.push(...(await measure('ours', ours())));
  }
  return { whole, reading, played };
}

/** What the answers said of how they came about, each once. */
export function cacheStatusOf(played: readonly Played[]): string {
  return `Cache-Status: ${[...new Set(played.map(({ cache_status: status }) => String(status)))].join(' | ')}`;
}
