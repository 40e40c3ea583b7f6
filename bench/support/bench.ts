import type { EarlierCommit } from './earlier-commit/checkout.ts';
import type { Ffmpegs } from './ffmpegs.ts';
import type { TrackFolder } from './tracks.ts';

/** The setup for measuring a row. */
export type Bench = {
  readonly rounds: number;
  readonly ffmpegs: Ffmpegs;
  readonly music: TrackFolder;
  /** The commit to compare with, only for rows that compare commits. */
  readonly earlier?: EarlierCommit;
};
