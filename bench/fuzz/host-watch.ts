import type { Host } from '../../test/support/host.ts';
import { residentBytes } from '../../test/support/leaks.ts';
import { findingOf, type LogFinding, newLines } from './host-log.ts';

/** The resident memory of a host, bytes. */
export type HostMemory = { before: number; largest: number; after: number };

export type HostWatch = {
  /** Checks a last time, then stops. */
  stop(): Promise<HostMemory>;
};

const EVERY_MS = 500;

/** Checks the output and the memory of the host every half second. */
export function watchHost(host: Host, onFinding: (finding: LogFinding) => Promise<void>): HostWatch {
  const lines = newLines(() => host.printed());
  const before = residentBytes(host.pid);
  const memory = { before, largest: before, after: before };

  async function look(): Promise<void> {
    memory.after = residentBytes(host.pid);
    memory.largest = Math.max(memory.largest, memory.after);
    const found = lines().map(findingOf);
    for (const finding of found) if (finding !== undefined) await onFinding(finding);
  }

  const timer = setInterval(() => void look(), EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await look();
      return memory;
    },
  };
}
