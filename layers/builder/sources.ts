import type { DebianSource } from './debian-source.ts';

/** What the layers are built from. Checksums are those of Debian's signed source packages (`.dsc`). */
export const FFMPEG: DebianSource = {
  name: 'ffmpeg',
  version: '7:5.1.9-0+deb12u1',
  suite: 'bookworm',
  path: 'pool/main/f/ffmpeg/ffmpeg_5.1.9.orig.tar.xz',
  sha256: 'd9b593bb2ba93d4b50f74177e0cdcd41747e708596367deed0c30348a71dd176',
};

export const OPUS: DebianSource = {
  name: 'opus',
  version: '1.3.1-3',
  suite: 'bookworm',
  path: 'pool/main/o/opus/opus_1.3.1.orig.tar.gz',
  sha256: '65b58e1e25b2a114157014736a3d9dfeaad8d41be1c8179866f144a2fb44ff9d',
};

export const RUBBERBAND: DebianSource = {
  name: 'rubberband',
  version: '3.3.0+dfsg-2',
  suite: 'trixie',
  path: 'pool/main/r/rubberband/rubberband_3.3.0+dfsg.orig.tar.xz',
  sha256: 'ff6813185ff047abbc48e08ca76d88b22b92928a2ea17dce66f446bcb19a004d',
};
