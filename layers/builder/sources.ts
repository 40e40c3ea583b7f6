import type { DebianSource } from './debian-source.ts';

/** The sources of the layers. Checksums are those of Debian's signed source packages (`.dsc`). */
export const FFMPEG: DebianSource = {
  name: 'ffmpeg',
  version: '7:5.1.9-0+deb12u1',
  suite: 'bookworm',
  path: 'pool/main/f/ffmpeg/ffmpeg_5.1.9.orig.tar.xz',
  sha256: 'd9b593bb2ba93d4b50f74177e0cdcd41747e708596367deed0c30348a71dd176',
};

export const OPUS: DebianSource = {
  name: 'opus',
  version: '1.5.2-2',
  suite: 'trixie',
  path: 'pool/main/o/opus/opus_1.5.2.orig.tar.gz',
  sha256: '65c1d2f78b9f2fb20082c38cbe47c951ad5839345876e46941612ee87f9a7ce1',
};

export const RUBBERBAND: DebianSource = {
  name: 'rubberband',
  version: '3.3.0+dfsg-2',
  suite: 'trixie',
  path: 'pool/main/r/rubberband/rubberband_3.3.0+dfsg.orig.tar.xz',
  sha256: 'ff6813185ff047abbc48e08ca76d88b22b92928a2ea17dce66f446bcb19a004d',
};

export const X264: DebianSource = {
  name: 'x264',
  version: '2:0.164.3095+gitbaee400-3',
  suite: 'bookworm',
  path: 'pool/main/x/x264/x264_0.164.3095+gitbaee400.orig.tar.gz',
  sha256: '8b237e94b08c196a1da22f2f25875f10be4cff3648df4eeff21e00da8f683fc2',
};

export const LIBVPX: DebianSource = {
  name: 'libvpx',
  version: '1.15.0-2.1+deb13u1',
  suite: 'trixie',
  path: 'pool/main/libv/libvpx/libvpx_1.15.0.orig.tar.xz',
  sha256: 'a6cfd199c5c567cfa4e6d991ec36690d9af801585b5db959c1494b5b15f821a5',
  fixes: {
    path: 'pool/main/libv/libvpx/libvpx_1.15.0-2.1+deb13u1.debian.tar.xz',
    sha256: '5305c07e08d604e56acf27a7bba32e49133456da83ff2f29eb899b5fa2f89625',
    patches: ['vpx_codec_enc_init_multi-fix-double-free-on-init-fai.patch', 'CVE-2026-2447.patch'],
  },
};

export const DAV1D: DebianSource = {
  name: 'dav1d',
  version: '1.5.1-1',
  suite: 'trixie',
  path: 'pool/main/d/dav1d/dav1d_1.5.1.orig.tar.xz',
  sha256: '401813f1f89fa8fd4295805aa5284d9aed9bc7fc1fdbe554af4292f64cbabe21',
};

export const ZIMG: DebianSource = {
  name: 'zimg',
  version: '3.0.4+ds1-1',
  suite: 'bookworm',
  path: 'pool/main/z/zimg/zimg_3.0.4+ds1.orig.tar.xz',
  sha256: '19266d15ffb2f4b36835878ac776c746664725227ac3d10ec5e415a55765cf06',
};

export const OPENCORE_AMR: DebianSource = {
  name: 'opencore-amr',
  version: '0.1.6-1',
  suite: 'bookworm',
  path: 'pool/main/o/opencore-amr/opencore-amr_0.1.6.orig.tar.gz',
  sha256: '483eb4061088e2b34b358e47540b5d495a96cd468e361050fae615b1809dc4a1',
};

export const LAME: DebianSource = {
  name: 'lame',
  version: '3.100-6',
  suite: 'bookworm',
  path: 'pool/main/l/lame/lame_3.100.orig.tar.gz',
  sha256: 'ddfe36cab873794038ae2c1210557ad34857a4b6bdc515785d1da9e175b1da1e',
};

export const ZLIB: DebianSource = {
  name: 'zlib',
  version: '1:1.3.dfsg+really1.3.1-1',
  suite: 'trixie',
  path: 'pool/main/z/zlib/zlib_1.3.dfsg+really1.3.1.orig.tar.gz',
  sha256: '60dd315c07f616887caa029408308a018ace66e3d142726a97db164b3b8f69fb',
};

export const MBEDTLS: DebianSource = {
  name: 'mbedtls',
  version: '3.6.6-0.1~deb13u1',
  suite: 'trixie',
  path: 'pool/main/m/mbedtls/mbedtls_3.6.6.orig.tar.bz2',
  sha256: '8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a',
};

export const SRT: DebianSource = {
  name: 'srt',
  version: '1.5.1-1+deb12u1',
  suite: 'bookworm',
  path: 'pool/main/s/srt/srt_1.5.1.orig.tar.gz',
  sha256: 'af891e7a7ffab61aa76b296982038b3159da690f69ade7c119f445d924b3cf53',
};
