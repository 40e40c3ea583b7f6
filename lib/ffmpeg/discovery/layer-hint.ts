import type { Candidate } from '#lib/ffmpeg/candidates.ts';
import type { CpuLevel } from './cpu-level.ts';

/** The layer's share of the start-up time, CPU and memory of Debian 12's ffmpeg (`npm run bench -- layers`). */
const MEASURED = { startUp: '1/22', opusCpu: '0.73', memory: '1/9' } as const;

/** Returns advice to build the layer if another ffmpeg is used; undefined if there is no layer for this processor. */
export function layerHint({ origin, path }: Candidate, levels: readonly CpuLevel[]): string | undefined {
  if (origin !== 'fallback' || levels.length === 0) return undefined;
  const { startUp, opusCpu, memory } = MEASURED;
  const gains = `starts in ${startUp} of the time, encodes Opus with ${opusCpu} of the CPU time and uses ${memory} of the memory`;
  return `using ${path}; optional: npm run build:layers builds an ffmpeg that ${gains}`;
}
