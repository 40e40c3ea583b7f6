/**
 * The components of the audio layer's ffmpeg: all containers and codecs of sources, and the outputs of the profiles. No
 * component opens a network, a playlist, a picture or a device.
 */
export const AUDIO_COMPONENTS = {
  protocol: ['async', 'file', 'pipe'],
  demuxer: [
    ...['aac', 'ac3', 'aiff', 'amr', 'ape', 'asf', 'au', 'caf', 'eac3', 'flac', 'matroska', 'mov', 'mp3', 'mpegts'],
    ...['ogg', 'w64', 'wav', 'wv', 'pcm_s16le'],
    // ffmpeg uses these to recognise streams of an MPEG-TS that does not declare their codec.
    ...['dts', 'loas', 'truehd'],
  ],
  parser: [
    ...['aac', 'aac_latm', 'ac3', 'amr', 'cook', 'dca', 'flac', 'g723_1', 'g729', 'gsm', 'mlp', 'mpegaudio', 'opus'],
    ...['sipr', 'vorbis'],
  ],
  decoder: [
    ...[
      'aac',
      'aac_latm',
      'ac3',
      'alac',
      'amrnb',
      'amrwb',
      'ape',
      'eac3',
      'flac',
      'mp1',
      'mp1float',
      'mp2',
      'mp2float',
    ],
    ...[
      'mp3',
      'mp3float',
      'mp3on4',
      'mp3on4float',
      'mp3adu',
      'mp3adufloat',
      'opus',
      'speex',
      'tta',
      'vorbis',
      'wavpack',
    ],
    ...['wmalossless', 'wmapro', 'wmav1', 'wmav2', 'wmavoice', 'gsm', 'gsm_ms', 'qdm2', 'mace3', 'mace6', 'ra_144'],
    ...['als', 'atrac3', 'atrac3p', 'cook', 'dca', 'dfpwm', 'evrc', 'g723_1', 'g729', 'ilbc', 'mlp', 'msnsiren'],
    ...['on2avc', 'qcelp', 'qdmc', 'ra_288', 'ralf', 's302m', 'sipr', 'sonic', 'truehd', 'truespeech'],
    ...['libopencore_amrnb', 'libopencore_amrwb', 'adpcm_*', 'pcm_*'],
  ],
  encoder: ['aac', 'libmp3lame', 'libopencore_amrnb', 'libopus', 'pcm_s16le'],
  muxer: ['adts', 'amr', 'mp3', 'null', 'ogg', 'opus', 'pcm_s16le'],
  bsf: ['aac_adtstoasc', 'setts'],
  filter: [
    ...['abuffer', 'abuffersink', 'aformat', 'anull', 'apad', 'arealtime', 'aresample', 'asetnsamples', 'asetpts'],
    ...['atempo', 'atrim', 'bass', 'equalizer', 'rubberband', 'treble', 'volume'],
  ],
} as const satisfies Record<string, readonly string[]>;
