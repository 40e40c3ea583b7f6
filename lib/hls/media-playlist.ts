/** A part of a file, bytes. */
type ByteRange = { readonly offset: number; readonly bytes: number };

export type MediaPlaylist = {
  /** The file of all segments, relative to the playlist. */
  readonly file: string;
  /** What a decoder needs before the first segment. */
  readonly head: ByteRange;
  readonly segments: readonly (ByteRange & { readonly seconds: number })[];
  /** The longest segment of all playlists of the presentation, whole seconds: they must agree (RFC 8216, 6.2.4). */
  readonly targetSeconds: number;
};

/** Returns the playlist of a finished film or sound whose segments are parts of one file (RFC 8216, 4.3). */
export function mediaPlaylist({ file, head, segments, targetSeconds }: MediaPlaylist): string {
  const lines = segments.flatMap(({ seconds, ...range }) => [
    `#EXTINF:${seconds.toFixed(6)},`,
    `#EXT-X-BYTERANGE:${rangeOf(range)}`,
    file,
  ]);
  return [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${targetSeconds}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    `#EXT-X-MAP:URI="${file}",BYTERANGE="${rangeOf(head)}"`,
    ...lines,
    '#EXT-X-ENDLIST',
    '',
  ].join('\n');
}

/** Returns the target duration of segments: no segment is longer, rounded to seconds. */
export function targetSeconds(seconds: readonly number[]): number {
  return Math.max(1, ...seconds.map(Math.round));
}

function rangeOf({ offset, bytes }: ByteRange): string {
  return `${bytes}@${offset}`;
}
