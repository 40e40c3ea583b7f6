import type { Random } from './random.ts';

/** What is wrong with a track that cannot be played. */
export const BAD_TRACKS = ['missing', 'text', 'empty'] as const;
export type BadTrack = (typeof BAD_TRACKS)[number];

export type PlannedItem = {
  /** Its place in the list. */
  readonly index: number;
  /** Of the source server; no other item of any channel has the same. */
  readonly path: string;
  /** The name of a track, or what is wrong with it. */
  readonly track: string;
  readonly isGood: boolean;
};

const BAD_SHARE = 0.08;

/** An endless list of a channel: good tracks, and now and then one that has to be skipped. The first is good. */
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
