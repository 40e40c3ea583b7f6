/** A playlist that a player may choose. */
export type Variant = {
  /** Its playlist, relative to the master playlist. */
  readonly uri: string;
  /** Bits per second: of the largest segment, and on average. */
  readonly peakBits: number;
  readonly averageBits: number;
  /** As RFC 6381 names them. */
  readonly codecs: readonly string[];
  /** Absent without a picture. */
  readonly picture?: { readonly width: number; readonly height: number; readonly framesPerSecond: number } | undefined;
};

export type MasterPlaylist = {
  readonly variants: readonly Variant[];
  /** The playlist of the sound of all variants; undefined without sound. */
  readonly sound?: { readonly uri: string; readonly channels: number } | undefined;
};

const GROUP = 'sound';

/** Returns the playlist of all variants (RFC 8216, 4.3.4). The first one is that with which a player starts. */
export function masterPlaylist({ variants, sound }: MasterPlaylist): string {
  const media =
    sound === undefined
      ? []
      : [
          `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${GROUP}",NAME="audio",DEFAULT=YES,AUTOSELECT=YES,` +
            `CHANNELS="${sound.channels}",URI="${sound.uri}"`,
        ];
  const lines = variants.flatMap((variant) => [streamOf(variant, sound !== undefined), variant.uri]);
  return ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS', ...media, ...lines, ''].join('\n');
}

function streamOf({ peakBits, averageBits, codecs, picture }: Variant, hasSound: boolean): string {
  const attributes = [
    `BANDWIDTH=${Math.ceil(peakBits)}`,
    `AVERAGE-BANDWIDTH=${Math.ceil(averageBits)}`,
    `CODECS="${codecs.join(',')}"`,
    ...(picture === undefined
      ? []
      : [`RESOLUTION=${picture.width}x${picture.height}`, `FRAME-RATE=${picture.framesPerSecond.toFixed(3)}`]),
    ...(hasSound ? [`AUDIO="${GROUP}"`] : []),
  ];
  return `#EXT-X-STREAM-INF:${attributes.join(',')}`;
}
