/**
 * What the full layer's ffmpeg can make, and the protocols it speaks. Decoders, demuxers, parsers, bitstream filters and
 * filters are all that ffmpeg itself has.
 */
export const FULL_COMPONENTS = {
  protocol: [
    ...['file', 'pipe', 'async', 'cache', 'crypto', 'data', 'tee', 'unix', 'tcp', 'udp', 'tls', 'http', 'https'],
    ...['httpproxy', 'rtmp', 'rtmps', 'libsrt'],
  ],
  encoder: [
    ...['libx264', 'libx264rgb', 'libvpx_vp9', 'mpeg2video', 'ffv1', 'mjpeg', 'png', 'apng', 'gif', 'rawvideo'],
    ...['wrapped_avframe', 'aac', 'ac3', 'eac3', 'alac', 'flac', 'libmp3lame', 'libopus', 'mp2', 'pcm_*'],
    ...['ass', 'ssa', 'srt', 'subrip', 'webvtt', 'text', 'movtext', 'dvbsub'],
  ],
  muxer: [
    ...[
      'mp4',
      'mov',
      'ipod',
      'matroska',
      'matroska_audio',
      'webm',
      'webm_chunk',
      'webm_dash_manifest',
      'mpegts',
      'flv',
    ],
    ...[
      'hls',
      'dash',
      'segment',
      'stream_segment',
      'tee',
      'fifo',
      'null',
      'mp3',
      'adts',
      'latm',
      'ac3',
      'eac3',
      'flac',
    ],
    ...['ogg', 'oga', 'opus', 'wav', 'w64', 'caf', 'aiff', 'pcm_*', 'gif', 'apng', 'image2', 'image2pipe', 'mjpeg'],
    ...['rawvideo', 'yuv4mpegpipe', 'h264', 'hevc', 'ivf', 'obu', 'data', 'ass', 'srt', 'webvtt', 'ffmetadata', 'nut'],
    ...['framecrc', 'framehash', 'framemd5', 'hash', 'md5', 'crc', 'streamhash', 'mp2', 'mpeg2video'],
  ],
} as const satisfies Record<string, readonly string[]>;

/** What ffmpeg has and the layer does not: RTSP can be led to any host, and devices are those of a desk. */
export const LEFT_OUT = {
  demuxer: ['rtsp', 'sdp', 'rtp', 'sap'],
  muxer: ['rtsp', 'rtp', 'rtp_mpegts', 'sap'],
} as const satisfies Record<string, readonly string[]>;
