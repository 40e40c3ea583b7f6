/** Containers that are recognised by their first bytes, and the ffmpeg demuxer (5.1 and 7) for each. */
export const CONTAINER_DEMUXERS = {
  mp3: 'mp3',
  adts: 'aac',
  flac: 'flac',
  ogg: 'ogg',
  wav: 'wav',
  w64: 'w64',
  mp4: 'mov',
  matroska: 'matroska',
  webm: 'matroska',
  aiff: 'aiff',
  caf: 'caf',
  asf: 'asf',
  ac3: 'ac3',
  eac3: 'eac3',
  amr: 'amr',
  ape: 'ape',
  wavpack: 'wv',
  au: 'au',
  mpegts: 'mpegts',
} as const satisfies Record<string, string>;

export type Container = keyof typeof CONTAINER_DEMUXERS;

export type AudioDemuxer = (typeof CONTAINER_DEMUXERS)[Container];

/** The demuxers that may read a source, for `-format_whitelist`. No playlist, concat, image, device or session ones. */
export const AUDIO_DEMUXERS: readonly AudioDemuxer[] = [...new Set(Object.values(CONTAINER_DEMUXERS))];
