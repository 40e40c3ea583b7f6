/**
 * Places in the queue. Jobs are started by priority and, within a priority, by turn: an account's first waiting job gets
 * the turn that was last started, its second one the next, and so on. So accounts take turns however many jobs one of
 * them has, as in start-time fair queueing (Goyal, Vin and Cheng, IEEE/ACM Transactions on Networking 5.5, 1997).
 */

/** Turns of one priority. Ten priorities fit into PostgreSQL's integer. */
export const TURNS = 200_000_000;
/** The rank of a job that was moved to the front. */
export const FRONT = -1;
/** Ranks of jobs that only a runner takes: smaller than all others by this, in the same order. */
const RUNNERS_FIRST = 10 * TURNS - FRONT;
/** A waiting job never rises above this priority. */
export const HIGHEST_BY_AGE = 4;
/** Time after which a waiting job rises by one priority, s. */
export const RISE_SECONDS = 600;
/** Of this many starts, the last goes to the job that has waited longest. */
export const STARTS_TO_LONGEST = 10;

/** Returns the rank of a place: the smallest is started first. */
export function rankOf(priority: number, turn: number): number {
  return (priority - 1) * TURNS + Math.min(turn, TURNS - 1);
}

/** Returns the priority and turn of a rank; undefined for one at the front, which has none. */
export function placeOf(rank: number): { readonly priority: number; readonly turn: number } | undefined {
  if (rank < 0) return undefined;
  return { priority: Math.floor(rank / TURNS) + 1, turn: rank % TURNS };
}

/**
 * Returns the rank of a job that does not fit into a function: runners take such jobs first, in their usual order, and
 * functions leave out the ranks below FRONT.
 */
export function forRunners(rank: number): number {
  return isForRunners(rank) ? rank : Math.max(rank, 0) - RUNNERS_FIRST;
}

export function isForRunners(rank: number): boolean {
  return rank < FRONT;
}
