import { escapeXml } from './xml.ts';

/** A part of a file, bytes. */
type ByteRange = { readonly offset: number; readonly bytes: number };

/** A file with an index of its segments. */
export type Representation = {
  readonly id: string;
  /** Relative to the manifest. */
  readonly file: string;
  /** As RFC 6381 names it. */
  readonly codec: string;
  /** Bits per second of its largest segment. */
  readonly peakBits: number;
  readonly head: ByteRange;
  readonly index: ByteRange;
};
export type Film = Representation & { readonly width: number; readonly height: number };
export type Sound = Representation & { readonly sampleRate: number; readonly channels: number };

export type Manifest = {
  readonly seconds: number;
  /** The longest segment. */
  readonly segmentSeconds: number;
  readonly films: readonly Film[];
  /** Frames per second of all films. */
  readonly frameRate: { readonly num: number; readonly den: number };
  readonly sound: Sound | undefined;
};

/** Returns the manifest of a finished presentation (ISO/IEC 23009-1, the profile "ISO base media file format On Demand"). */
export function manifest({ seconds, segmentSeconds, films, frameRate, sound }: Manifest): string {
  const { num, den } = frameRate;
  const rate = den === 1 ? String(num) : `${num}/${den}`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" type="static" mediaPresentationDuration="${duration(seconds)}" maxSubsegmentDuration="${duration(segmentSeconds)}" minBufferTime="PT2S">
  <Period id="0" start="PT0S">
${[...filmSet(films, rate), ...soundSet(sound)].join('\n')}
  </Period>
</MPD>
`;
}

/** All segments begin with a key frame and are cut at the same frames, so a player changes the size at each of them. */
const ALIGNED = 'subsegmentAlignment="true" subsegmentStartsWithSAP="1"';

function filmSet(films: readonly Film[], rate: string): string[] {
  if (films.length === 0) return [];
  return [
    `    <AdaptationSet id="0" contentType="video" mimeType="video/mp4" ${ALIGNED}>`,
    ...films.flatMap((film) => [
      `      <Representation ${common(film)} width="${film.width}" height="${film.height}" frameRate="${rate}" sar="1:1">`,
      ...base(film),
    ]),
    '    </AdaptationSet>',
  ];
}

function soundSet(sound: Sound | undefined): string[] {
  if (sound === undefined) return [];
  const channels = 'urn:mpeg:dash:23003:3:audio_channel_configuration:2011';
  return [
    `    <AdaptationSet id="1" contentType="audio" mimeType="audio/mp4" ${ALIGNED}>`,
    `      <Representation ${common(sound)} audioSamplingRate="${sound.sampleRate}">`,
    `        <AudioChannelConfiguration schemeIdUri="${channels}" value="${sound.channels}"/>`,
    ...base(sound),
    '    </AdaptationSet>',
  ];
}

function common({ id, codec, peakBits }: Representation): string {
  return `id="${escapeXml(id)}" codecs="${escapeXml(codec)}" bandwidth="${Math.ceil(peakBits)}"`;
}

function base({ file, head, index }: Representation): string[] {
  return [
    `        <BaseURL>${escapeXml(file)}</BaseURL>`,
    `        <SegmentBase indexRange="${rangeOf(index)}"><Initialization range="${rangeOf(head)}"/></SegmentBase>`,
    '      </Representation>',
  ];
}

/** The first and the last byte. */
function rangeOf({ offset, bytes }: ByteRange): string {
  return `${offset}-${offset + bytes - 1}`;
}

function duration(seconds: number): string {
  return `PT${seconds.toFixed(3)}S`;
}
