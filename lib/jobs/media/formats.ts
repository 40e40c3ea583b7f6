import { AUDIO_DEMUXERS } from '#lib/containers/audio-demuxers.ts';
import { VIDEO_SIGNATURES } from '#lib/containers/signatures.ts';

/** Demuxers of single pictures. */
const STILL_DEMUXERS = ['png_pipe', 'jpeg_pipe', 'webp_pipe'] as const;

/** The demuxers that may read an input. No playlist, concat, device or session ones: those open other files. */
export const DEMUXERS: readonly string[] = [
  ...AUDIO_DEMUXERS,
  ...VIDEO_SIGNATURES.map(({ demuxer }) => demuxer),
  ...STILL_DEMUXERS,
  'gif',
];

/** The decoders that may decode an input, by the names of ffmpeg 5.1 to 9. */
export const DECODERS: readonly string[] = [
  ...['h264', 'hevc', 'vp8', 'vp9', 'libvpx-vp9', 'libvpx', 'av1', 'libdav1d', 'mpeg4', 'msmpeg4v1', 'msmpeg4v2'],
  ...['msmpeg4', 'mpeg1video', 'mpeg2video', 'wmv1', 'wmv2', 'wmv3', 'vc1', 'h263', 'flv', 'vp6', 'vp6f', 'theora'],
  ...['mjpeg', 'png', 'gif', 'webp', 'prores', 'dnxhd', 'dvvideo', 'huffyuv', 'ffvhuff', 'ffv1', 'rawvideo', 'qtrle'],
  ...['aac', 'aac_latm', 'mp3', 'mp3float', 'mp2', 'mp2float', 'mp1', 'mp1float', 'ac3', 'eac3', 'dca', 'opus'],
  ...['libopus', 'vorbis', 'flac', 'alac', 'ape', 'wavpack', 'wmav1', 'wmav2', 'wmapro', 'amrnb', 'amrwb'],
  ...['pcm_s16le', 'pcm_s16be', 'pcm_s24le', 'pcm_s24be', 'pcm_s32le', 'pcm_s32be', 'pcm_f32le', 'pcm_f32be'],
  ...['pcm_f64le', 'pcm_f64be', 'pcm_u8', 'pcm_s8', 'pcm_alaw', 'pcm_mulaw', 'pcm_bluray', 'pcm_dvd'],
  ...['adpcm_ima_wav', 'adpcm_ima_qt', 'adpcm_ms', 'adpcm_swf', 'nellymoser', 'speex', 'gsm_ms'],
];

/** The decoders of subtitles. ffprobe opens one for each stream, and fails when it may not; nothing is decoded. */
const SUBTITLE_DECODERS = [
  ...['ass', 'ssa', 'subrip', 'srt', 'webvtt', 'mov_text', 'text', 'subviewer', 'microdvd', 'sami', 'ttml'],
  ...['dvbsub', 'dvdsub', 'pgssub', 'xsub', 'cc_dec', 'libzvbi_teletextdec', 'libaribb24', 'libaribcaption'],
];

/** Returns the demuxer for `-f` of a container as ffprobe names it; undefined when it is not allowed. */
export function demuxerOf(container: string): string | undefined {
  const [first = ''] = container.split(',');
  return DEMUXERS.includes(first) ? first : undefined;
}

/** Returns whether the container holds one picture. */
export function holdsStill(container: string): boolean {
  return (STILL_DEMUXERS as readonly string[]).includes(container);
}

/** Containers whose index finds the key frame before a time. Others are opened well before it. */
export function seeksExactly(container: string): boolean {
  return /^(?:mov|matroska)\b/.test(container);
}

/** Returns the input options that keep ffmpeg to files and to these demuxers and decoders. */
export function confinedInput(file: string, container?: string): string[] {
  return inputOptions(file, container, DECODERS);
}

/** Returns the same options for ffprobe, which also looks at streams that are never decoded. */
export function probedInput(file: string, container?: string): string[] {
  return inputOptions(file, container, [...DECODERS, ...SUBTITLE_DECODERS]);
}

function inputOptions(file: string, container: string | undefined, decoders: readonly string[]): string[] {
  const demuxer = container === undefined ? undefined : demuxerOf(container);
  return [
    ...['-protocol_whitelist', 'file', '-format_whitelist', demuxer ?? DEMUXERS.join(',')],
    ...['-codec_whitelist', decoders.join(','), '-max_pixels', String(MAX_PIXELS)],
    ...(demuxer === undefined ? [] : ['-f', demuxer]),
    ...['-i', `file:${file}`],
  ];
}

/** Pixels of a picture that is decoded at all. Above it, no decoder allocates memory for it. */
const MAX_PIXELS = 36_000_000;
