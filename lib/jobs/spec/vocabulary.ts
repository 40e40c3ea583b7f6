/** Where something lies on a picture. */
export const POSITIONS = [
  ...(['top-left', 'top', 'top-right', 'left', 'center', 'right'] as const),
  ...(['bottom-left', 'bottom', 'bottom-right'] as const),
] as const;
export type Position = (typeof POSITIONS)[number];

/** How a picture is fitted into a frame of another shape. */
export const FITS = ['contain', 'cover', 'stretch'] as const;
export type Fit = (typeof FITS)[number];

export const VIDEO_CODECS = ['h264', 'vp9'] as const;
export type VideoCodec = (typeof VIDEO_CODECS)[number];
/** What `video_codec` accepts: `copy` keeps the codec of the inputs, or fails. */
export const VIDEO_CODEC_CHOICES = [...VIDEO_CODECS, 'copy'] as const;
export const AUDIO_CODECS = ['aac', 'opus', 'mp3', 'pcm'] as const;
export type AudioCodec = (typeof AUDIO_CODECS)[number];
export const QUALITIES = ['draft', 'standard', 'high'] as const;
export type Quality = (typeof QUALITIES)[number];
/** The frame rates of outputs, as rational numbers. */
export const FRAME_RATES = {
  23.976: { num: 24_000, den: 1_001 },
  24: { num: 24, den: 1 },
  25: { num: 25, den: 1 },
  29.97: { num: 30_000, den: 1_001 },
  30: { num: 30, den: 1 },
  50: { num: 50, den: 1 },
  59.94: { num: 60_000, den: 1_001 },
  60: { num: 60, den: 1 },
} as const;
/** The frame rates of GIF, whose frames last whole hundredths of a second. */
export const ANIMATION_RATES = {
  5: { num: 5, den: 1 },
  10: { num: 10, den: 1 },
  12.5: { num: 25, den: 2 },
  20: { num: 20, den: 1 },
  25: { num: 25, den: 1 },
} as const;
export type FrameRate = { readonly num: number; readonly den: number };

/** How one clip changes to the next: `cut` at once, the others as in ffmpeg's filter xfade. */
export const TRANSITIONS = [
  ...['cut', 'fade', 'fadeblack', 'fadewhite', 'fadegrays', 'dissolve', 'pixelize', 'hblur', 'distance', 'radial'],
  ...['wipeleft', 'wiperight', 'wipeup', 'wipedown', 'wipetl', 'wipetr', 'wipebl', 'wipebr'],
  ...['slideleft', 'slideright', 'slideup', 'slidedown', 'smoothleft', 'smoothright', 'smoothup', 'smoothdown'],
  ...['circleopen', 'circleclose', 'circlecrop', 'rectcrop', 'horzopen', 'horzclose', 'vertopen', 'vertclose'],
  ...[
    'diagtl',
    'diagtr',
    'diagbl',
    'diagbr',
    'hlslice',
    'hrslice',
    'vuslice',
    'vdslice',
    'squeezeh',
    'squeezev',
    'zoomin',
  ],
] as const;
export type TransitionType = Exclude<(typeof TRANSITIONS)[number], 'cut'>;

/** What a format carries. The first codec of a list is its default. */
export type FormatTraits =
  | { readonly kind: 'film'; readonly video: readonly VideoCodec[]; readonly audio: readonly AudioCodec[] }
  | { readonly kind: 'sound'; readonly audio: readonly AudioCodec[] }
  | { readonly kind: 'picture' }
  /** Frames without sound. */
  | { readonly kind: 'animation' }
  /** Playlists, and a file for each rung of the ladder. */
  | { readonly kind: 'package'; readonly video: readonly VideoCodec[]; readonly audio: readonly AudioCodec[] };

export const FORMATS = {
  mp4: { kind: 'film', video: ['h264', 'vp9'], audio: ['aac', 'mp3', 'opus'] },
  mov: { kind: 'film', video: ['h264'], audio: ['aac', 'mp3', 'pcm'] },
  mkv: { kind: 'film', video: ['h264', 'vp9'], audio: ['aac', 'opus', 'mp3', 'pcm'] },
  webm: { kind: 'film', video: ['vp9'], audio: ['opus'] },
  mp3: { kind: 'sound', audio: ['mp3'] },
  aac: { kind: 'sound', audio: ['aac'] },
  wav: { kind: 'sound', audio: ['pcm'] },
  jpg: { kind: 'picture' },
  png: { kind: 'picture' },
  gif: { kind: 'animation' },
  hls: { kind: 'package', video: ['h264'], audio: ['aac'] },
  dash: { kind: 'package', video: ['h264'], audio: ['aac'] },
} as const satisfies Record<string, FormatTraits>;
export type Format = keyof typeof FORMATS;
export type PackageFormat = {
  [Name in Format]: (typeof FORMATS)[Name]['kind'] extends 'package' ? Name : never;
}[Format];
/** A format of one file. */
export type FileFormat = Exclude<Format, PackageFormat>;

export function isPackageFormat(format: Format): format is PackageFormat {
  return FORMATS[format].kind === 'package';
}

/** The rungs of a ladder that have a picture, largest first, with the short side of the frame of 16:9 that they fit into. */
export const PICTURE_RUNGS = {
  '2160p': 2_160,
  '1440p': 1_440,
  '1080p': 1_080,
  '720p': 720,
  '480p': 480,
  '360p': 360,
  '240p': 240,
} as const;
export type PictureRung = keyof typeof PICTURE_RUNGS;
export type Rung = PictureRung | 'audio';
export const RUNGS = [...(Object.keys(PICTURE_RUNGS) as PictureRung[]), 'audio'] as const;

/** Returns whether a format can have streams of subtitles, and chapters. */
export function carriesSubtitles(format: Format): boolean {
  return FORMATS[format].kind === 'film';
}

/** Returns the codec of the sound; undefined without sound. */
export function audioCodecOf({
  format,
  audio_codec: asked,
}: {
  readonly format: Format;
  readonly audio_codec?: AudioCodec | undefined;
}) {
  const traits: FormatTraits = FORMATS[format];
  return traits.kind === 'picture' || traits.kind === 'animation' ? undefined : (asked ?? traits.audio[0]);
}

/** Returns the codec in which the picture of a film or a package is encoded; undefined for other formats. */
export function videoCodecOf({
  format,
  video_codec: asked,
}: {
  readonly format: Format;
  readonly video_codec?: VideoCodec | 'copy' | undefined;
}) {
  const traits: FormatTraits = FORMATS[format];
  if (traits.kind !== 'film' && traits.kind !== 'package') return undefined;
  return asked === undefined || asked === 'copy' ? traits.video[0] : asked;
}
