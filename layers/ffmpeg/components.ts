/**
 * The outputs and protocols of the full layer's ffmpeg. It has all decoders, demuxers, parsers, bitstream filters and
 * filters of ffmpeg itself.
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

/** Components that the layer leaves out: RTSP can be redirected to any host, and servers have no devices. */
export const LEFT_OUT = {
  demuxer: ['rtsp', 'sdp', 'rtp', 'sap'],
  muxer: ['rtsp', 'rtp', 'rtp_mpegts', 'sap'],
} as const satisfies Record<string, readonly string[]>;
