import { readFile } from 'node:fs/promises';
import { parseBaselines } from './baselines.ts';
import { checkOut, type EarlierCommit } from './checkout.ts';

/** The commit to compare with, if any, and the line to print about it. */
type Found = { readonly earlier?: EarlierCommit; readonly line: string };

const BASELINES = new URL('../../baseline.txt', import.meta.url);

/**
 * Checks out the named commit, or the first of `bench/baseline.txt`; with `none`, no commit. Throws an Error when a
 * named commit cannot run. The first of the file may be missing, because a tarball and a shallow clone have no history.
 */
export async function findEarlier(named: string | undefined): Promise<Found> {
  if (named === 'none') return { line: 'against    no earlier commit' };
  try {
    const earlier = await checkOut(named ?? parseBaselines(await readFile(BASELINES, 'utf8'))[0].commit);
    return { earlier, line: `against    commit ${earlier.commit}` };
  } catch (error) {
    if (named !== undefined || !(error instanceof Error)) throw error;
    return { line: `against    no earlier commit: ${error.message}` };
  }
}
