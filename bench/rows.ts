import { CACHE } from './rows/cache.ts';
import { CPU, CPU_STANDARD } from './rows/cpu.ts';
import { FALLBACK } from './rows/fallback.ts';
import { FILTER_CHANGE } from './rows/filter-change.ts';
import { FIRST_BYTE } from './rows/first-byte.ts';
import { FIRST_BYTE_BUSY } from './rows/first-byte-busy.ts';
import { GROWTH } from './rows/growth.ts';
import { HEALTH } from './rows/health.ts';
import { JOBS } from './rows/jobs.ts';
import { KILLS } from './rows/kills.ts';
import { LAUNCH } from './rows/launch.ts';
import { LAYERS } from './rows/layers.ts';
import { LIVE_STREAMS, LIVE_STREAMS_NARROW } from './rows/live-streams.ts';
import { MEMORY } from './rows/memory.ts';
import { PACING } from './rows/pacing.ts';
import { PASSTHROUGH } from './rows/passthrough.ts';
import { SHARING } from './rows/sharing.ts';
import type { Row } from './support/row.ts';

/** All rows, in the order of the table. */
export const ROWS: readonly Row[] = [
  FIRST_BYTE,
  FIRST_BYTE_BUSY,
  MEMORY,
  CPU,
  CPU_STANDARD,
  SHARING,
  CACHE,
  PASSTHROUGH,
  FALLBACK,
  LIVE_STREAMS,
  LIVE_STREAMS_NARROW,
  FILTER_CHANGE,
  HEALTH,
  GROWTH,
  KILLS,
  JOBS,
  LAYERS,
  LAUNCH,
  PACING,
];

/** Returns the named rows, or those of the table when no name is passed. Throws an Error for an unknown name. */
export function chooseRows(names: readonly string[]): readonly Row[] {
  if (names.length === 0) return ROWS.filter(({ isExtra }) => !isExtra);
  return names.map((name) => {
    const row = ROWS.find((candidate) => candidate.name === name);
    if (row === undefined) throw new Error(`there is no row ${name}; npm run bench -- --list lists the rows`);
    return row;
  });
}
