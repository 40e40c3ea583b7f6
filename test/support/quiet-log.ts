import { createLog } from '#lib/log.ts';

/** A log that prints nothing. */
export const QUIET_LOG = createLog({ level: 'silent' });

/** A log of this level that collects its lines. */
export function keptLog(level = 'debug') {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level, destination: { write: (line) => void lines.push(JSON.parse(line)) } });
  return { log, lines };
}
