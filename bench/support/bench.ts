import type { EarlierCommit } from './earlier-commit/checkout.ts';
import type { Ffmpegs } from './ffmpegs.ts';
import type { TrackFolder } from './tracks.ts';

/** What a row is measured with. */
export type Bench = {
  readonly rounds: number;
  readonly ffmpegs: Ffmpegs;
  readonly music: TrackFolder;
  /** The commit to compare with; only for rows that compare commits. */
  readonly earlier?: EarlierCommit;
};
