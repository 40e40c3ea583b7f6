import { pssOf } from '../support/memory.ts';
import { commonSlope, type Point, type Slope } from './linear-fit.ts';

/** The memory of the host (without its ffmpegs) and of the orchestrator. */
export type MemoryLog = {
  look(now: { readonly host: number | undefined; readonly client: number; readonly seconds: number }): void;
  /** Bytes. */
  last(): { readonly host: number; readonly client: number };
  slopes(): MemorySlopes;
};

/** MB/h, each with its numbers of processes and measurements. */
export type MemorySlopes = Readonly<
  Record<'host' | 'client', Slope & { readonly processes: number; readonly measurements: number }>
>;

/** Warm-up time of a process, which is not counted, s. */
const WARM_SECONDS = 30;
const MB = 1e6;
const SECONDS_PER_HOUR = 3_600;

export function createMemoryLog(): MemoryLog {
  /** Measurements by process. */
  const points = { host: new Map<number, Point[]>(), client: new Map<number, Point[]>() };
  const last = { host: Number.NaN, client: Number.NaN };

  function note(what: 'host' | 'client', pid: number | undefined, seconds: number): void {
    const bytes = pid === undefined ? Number.NaN : measured(pid);
    last[what] = bytes;
    if (pid === undefined || Number.isNaN(bytes)) return;
    const known = points[what].get(pid) ?? [];
    points[what].set(pid, [...known, { x: seconds / SECONDS_PER_HOUR, y: bytes / MB }]);
  }

  function slope(what: 'host' | 'client'): MemorySlopes['host'] {
    const groups = [...points[what].values()]
      .map((group) => group.filter(({ x }) => (x - (group[0]?.x ?? 0)) * SECONDS_PER_HOUR >= WARM_SECONDS))
      .filter((group) => group.length > 1);
    return { ...commonSlope(groups), processes: groups.length, measurements: groups.flat().length };
  }

  return {
    look({ host, client, seconds }) {
      note('host', host, seconds);
      note('client', client, seconds);
    },
    last: () => last,
    slopes: () => ({ host: slope('host'), client: slope('client') }),
  };
}

/** Returns NaN for a process that has just exited. */
function measured(pid: number): number {
  try {
    return pssOf(pid);
  } catch {
    return Number.NaN;
  }
}
