/**
 * Kinds of sources: a file name, whose extension is the container, and the options with which the distribution's ffmpeg
 * creates it. Covers every container that the service accepts, with its usual codecs.
 */
export const AUDIO_KINDS: Readonly<Record<string, readonly string[]>> = {
  'mp3.mp3': ['-c:a', 'libmp3lame'],
  'mp3-vbr-mono.mp3': ['-c:a', 'libmp3lame', '-q:a', '4', '-ac', '1', '-ar', '22050'],
  'mp2.mp2': ['-c:a', 'mp2'],
  'aac.aac': ['-c:a', 'aac'],
  'flac.flac': ['-c:a', 'flac'],
  'flac-24.flac': ['-c:a', 'flac', '-sample_fmt', 's32', '-ar', '96000'],
  'vorbis.ogg': ['-c:a', 'libvorbis'],
  'opus.opus': ['-c:a', 'libopus', '-ar', '48000'],
  'flac.ogg': ['-c:a', 'flac'],
  'speex.ogg': ['-c:a', 'libspeex', '-ar', '16000', '-ac', '1'],
  ...Object.fromEntries(
    [
      ...['pcm_u8', 'pcm_s16le', 'pcm_s24le', 'pcm_s32le', 'pcm_f32le', 'pcm_f64le', 'pcm_alaw', 'pcm_mulaw'],
      ...['adpcm_ima_wav', 'adpcm_ms', 'adpcm_yamaha', 'mp2', 'libmp3lame', 'ac3', 'wmav2', 'dca'],
    ].map((codec) => [`${codec}.wav`, ['-c:a', codec, '-strict', '-2']]),
  ),
  'pcm-rf64.wav': ['-rf64', 'always'],
  'gsm.wav': ['-c:a', 'libgsm_ms', '-ar', '8000', '-ac', '1'],
  'g722.wav': ['-c:a', 'g722', '-ar', '16000', '-ac', '1'],
  'g726.wav': ['-c:a', 'g726', '-ar', '8000', '-ac', '1'],
  'g723.wav': ['-c:a', 'g723_1', '-ar', '8000', '-ac', '1', '-b:a', '6300'],
  'pcm.w64': ['-c:a', 'pcm_s16le'],
  'aac-index-last.m4a': ['-c:a', 'aac'],
  'aac-index-first.m4a': ['-c:a', 'aac', '-movflags', '+faststart'],
  'aac-fragments.mp4': ['-c:a', 'aac', '-movflags', '+frag_keyframe+empty_moov'],
  'alac.m4a': ['-c:a', 'alac'],
  'alac-24.m4a': ['-c:a', 'alac', '-sample_fmt', 's32p'],
  ...Object.fromEntries(
    ['libmp3lame', 'ac3', 'eac3', 'flac', 'libopus', 'dca', 'mp2'].map((codec) => [
      `${codec}.mp4`,
      ['-c:a', codec, '-ar', '48000', '-strict', '-2'],
    ]),
  ),
  ...Object.fromEntries(
    ['pcm_s16be', 'pcm_s24le', 'pcm_f32le', 'pcm_alaw', 'adpcm_ima_qt', 'alac', 'aac'].map((codec) => [
      `${codec}.mov`,
      ['-c:a', codec],
    ]),
  ),
  ...Object.fromEntries(
    [
      ...['aac', 'libmp3lame', 'mp2', 'libvorbis', 'libopus', 'flac', 'alac', 'ac3', 'eac3', 'dca', 'truehd', 'mlp'],
      ...['wavpack', 'tta', 'pcm_s16le', 'pcm_s24le', 'pcm_f32le'],
    ].map((codec) => [`${codec}.mka`, ['-c:a', codec, '-ar', '48000', '-strict', '-2']]),
  ),
  'opus.webm': ['-c:a', 'libopus', '-ar', '48000'],
  'vorbis.webm': ['-c:a', 'libvorbis'],
  ...Object.fromEntries(
    ['aac', 'libmp3lame', 'mp2', 'ac3', 'eac3', 'dca', 'libopus', 's302m', 'truehd'].map((codec) => [
      `${codec}.ts`,
      ['-c:a', codec, '-ar', '48000', '-strict', '-2'],
    ]),
  ),
  'aac-latm.ts': ['-c:a', 'aac', '-mpegts_flags', 'latm'],
  ...Object.fromEntries(
    ['pcm_s8', 'pcm_s16be', 'pcm_s24be', 'pcm_s32be', 'pcm_f32be'].map((codec) => [`${codec}.aiff`, ['-c:a', codec]]),
  ),
  'pcm-little.aiff': ['-c:a', 'pcm_s16le'],
  ...Object.fromEntries(
    ['pcm_s16le', 'pcm_s24be', 'pcm_f32le', 'pcm_mulaw', 'alac', 'adpcm_ima_qt', 'flac'].map((codec) => [
      `${codec}.caf`,
      ['-c:a', codec],
    ]),
  ),
  'wmav1.wma': ['-c:a', 'wmav1', '-b:a', '128k'],
  'wmav2.wma': ['-c:a', 'wmav2', '-b:a', '128k'],
  'mp3.asf': ['-c:a', 'libmp3lame'],
  'pcm.asf': ['-c:a', 'pcm_s16le'],
  'ac3.ac3': ['-c:a', 'ac3'],
  'ac3-5.1.ac3': ['-c:a', 'ac3', '-ac', '6'],
  'eac3.eac3': ['-c:a', 'eac3'],
  'wavpack.wv': ['-c:a', 'wavpack'],
  'wavpack-float.wv': ['-c:a', 'wavpack', '-sample_fmt', 'fltp'],
  'pcm.au': ['-c:a', 'pcm_s16be'],
  'mulaw.au': ['-c:a', 'pcm_mulaw'],
};
