import type { Ffmpegs } from './ffmpegs.ts';
import type { TrackFolder } from './tracks.ts';

/** What a row is measured with. */
export type Bench = {
  readonly rounds: number;
  readonly ffmpegs: Ffmpegs;
  readonly music: TrackFolder;
};
