import { totalmem } from 'node:os';
import { MEBIBYTE } from '#lib/bytes.ts';
import type { Config } from '#lib/config.ts';
import type { FfmpegSupervisor } from '#lib/ffmpeg/supervisor.ts';
import { cpuSecondsOf, endedChildrenCpuSeconds, memoryOf } from '#lib/ffmpeg/usage.ts';
import type { ResourceUsage } from '#lib/metrics/process-metrics.ts';

/** Share of the machine's memory that may be used when MEMORY_LIMIT_MIB is not set. */
const MEMORY_SHARE = 0.85;

/** Returns the current usage of this process and its ffmpegs. */
export function usageOf(supervisor: FfmpegSupervisor): ResourceUsage {
  const pids = supervisor.pids();
  const { user, system } = process.cpuUsage();
  return {
    hostMemoryBytes: process.memoryUsage.rss(),
    ffmpegMemory: memoryOf(pids),
    hostCpuSeconds: (user + system) / 1e6,
    ffmpegCpuSeconds: cpuSecondsOf(pids) + endedChildrenCpuSeconds(),
  };
}

/** Returns the total memory, bytes. */
export function memoryTotal({ hostMemoryBytes, ffmpegMemory }: ResourceUsage): number {
  return hostMemoryBytes + ffmpegMemory.privateBytes + ffmpegMemory.sharedBytes;
}

/** Returns the memory above which new work is refused, bytes. */
export function memoryLimit({ MEMORY_LIMIT_MIB }: Config): number {
  if (MEMORY_LIMIT_MIB !== undefined) return MEMORY_LIMIT_MIB * MEBIBYTE;
  const container = process.constrainedMemory();
  return MEMORY_SHARE * (container === 0 ? totalmem() : Math.min(container, totalmem()));
}
