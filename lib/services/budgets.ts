import type { Config } from '#lib/config.ts';
import { createShare, type Share } from '#lib/work/shares.ts';

/** What callers share in this process, each limited in total and per caller. */
export type Budgets = {
  /** Transcodes that run. */
  readonly places: Share;
  readonly eventStreams: Share;
  /** Disk space of sources that are copied to temporary files. */
  readonly spoolBytes: Share;
  /** Requests that wait for a record that another instance is about to write. */
  readonly recordWaits: Share;
};

/** Share of a total that is kept for callers that use less. */
const RESERVE = 0.1;
const RECORD_WAITS = { limit: 90, reserve: 10, perAccount: 10 };

export function openBudgets(config: Config): Budgets {
  return {
    places: createShare({ budget: 'places', limit: config.MAX_CONCURRENT_STREAMS, reserve: config.RESERVED_STREAMS }),
    eventStreams: createShare({
      budget: 'event_streams',
      ...reserving(config.MAX_EVENT_STREAMS),
      perAccount: config.MAX_EVENT_STREAMS_PER_CALLER,
    }),
    spoolBytes: createShare({ budget: 'spool_bytes', ...reserving(config.MAX_SPOOL_TOTAL_BYTES) }),
    recordWaits: createShare({ budget: 'record_waits', ...RECORD_WAITS }),
  };
}

function reserving(total: number): { readonly limit: number; readonly reserve: number } {
  const reserve = Math.ceil(total * RESERVE);
  return { limit: total - reserve, reserve };
}

/** Returns what all callers hold of each budget, and what one may hold alone. */
export function totalsOf({ places, eventStreams, spoolBytes }: Budgets) {
  const totals = { places, event_streams: eventStreams, spool_bytes: spoolBytes };
  return Object.fromEntries(
    Object.entries(totals).map(([name, share]) => [name, { used: share.total(), limit: share.limit }]),
  );
}
