import { processCpuSeconds, treeCpuSeconds } from './cpu.ts';
import type { Play, Played } from './orchestrator.ts';
import type { Rig, Service } from './rig.ts';
import { eachService, inTurn, ofServices } from './rounds.ts';
import type { Line, Samples } from './row.ts';

export type CpuSides = {
  readonly rounds: number;
  /** The plays of each round, created for each round. They start `staggerMs` apart. */
  readonly baseline: () => readonly Play[];
  readonly ours: (service: Service) => readonly Play[];
  readonly staggerMs?: number;
};

type Taken = { readonly whole: number; readonly reading: number };

/** Processor seconds of all sides, measured in turn. `reading` is the share of the reading program. */
export type CpuSamples = { readonly whole: Samples; readonly reading: Samples; readonly played: readonly Played[] };

/** The line for the reading program. */
export const READING: Line = { unit: 's', at: 'p50' };

/**
 * Measures the processor time of the orchestrator and the service, without the source server and PostgreSQL. `played`
 * holds all our plays.
 */
export async function cpuOfSides(rig: Rig, { rounds, baseline, ours, staggerMs = 0 }: CpuSides): Promise<CpuSamples> {
  const played: Played[] = [];

  async function measure(service: Service, plays: readonly Play[]): Promise<Taken & { outcomes: Played[] }> {
    const now = () => ({
      whole: treeCpuSeconds(rig.orchestrator.pid) + treeCpuSeconds(service.host.pid),
      reading: processCpuSeconds(rig.orchestrator.pid),
    });
    const before = now();
    const outcomes = await rig.orchestrator.play(plays, { staggerMs });
    await service.settled();
    const after = now();
    return { whole: after.whole - before.whole, reading: after.reading - before.reading, outcomes };
  }

  const turns = await inTurn<Taken>({
    rounds,
    baseline: () => measure(rig, baseline()),
    ...eachService(rig, async (service) => {
      const { outcomes, ...taken } = await measure(service, ours(service));
      if (service === rig) played.push(...outcomes);
      return taken;
    }),
  });
  const samplesOf = (part: keyof Taken) => ({
    baseline: turns.baseline.map((taken) => taken[part]),
    ...ofServices(turns, (taken) => taken[part]),
  });
  return { whole: samplesOf('whole'), reading: samplesOf('reading'), played };
}

/** Returns the distinct `Cache-Status` values of the responses. */
export function cacheStatusOf(played: readonly Played[]): string {
  return `Cache-Status: ${[...new Set(played.map(({ cache_status: status }) => String(status)))].join(' | ')}`;
}
