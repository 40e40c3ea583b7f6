import type { Candidate } from '#lib/ffmpeg/candidates.ts';
import type { CpuLevel } from './cpu-level.ts';

/** Compared with Debian 12's ffmpeg, as `npm run bench -- layers` measures it: part of the time, CPU and memory. */
const MEASURED = { startUp: '1/22', opusCpu: '0.73', memory: '1/9' } as const;

/** The advice for an ffmpeg that is not ours on a processor of these levels; undefined when no layer is made for it. */
export function layerHint({ origin, path }: Candidate, levels: readonly CpuLevel[]): string | undefined {
  if (origin !== 'fallback' || levels.length === 0) return undefined;
  const { startUp, opusCpu, memory } = MEASURED;
  return `${path} is used; one of our own (npm run build:layers) starts in ${startUp} of the time, encodes Opus with ${opusCpu} of the CPU time, and ten of it take ${memory} of the memory (measured by npm run bench -- layers)`;
}
