import type { Random } from './random.ts';

/** The faults of tracks that cannot be played. */
export const BAD_TRACKS = ['missing', 'text', 'empty'] as const;
export type BadTrack = (typeof BAD_TRACKS)[number];

export type PlannedItem = {
  /** Its index in the list. */
  readonly index: number;
  /** Its path on the source server, unique over all items of all channels. */
  readonly path: string;
  /** The name of a track, or its fault. */
  readonly track: string;
  readonly isGood: boolean;
};

const BAD_SHARE = 0.08;

/** Returns the endless list of a channel: valid tracks, and sometimes one to skip. The first is valid. */
export function* planPlaylist(
  random: Random,
  { channel, tracks }: { readonly channel: number; readonly tracks: readonly [string, ...string[]] },
): Generator<PlannedItem, never> {
  for (let index = 0; ; index += 1) {
    const isGood = index === 0 || random.next() >= BAD_SHARE;
    const track = isGood ? random.pick(tracks) : random.pick(BAD_TRACKS);
    yield { index, track, isGood, path: `/${channel}/${index}/${track}` };
  }
}
