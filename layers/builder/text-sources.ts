import type { DebianSource } from './debian-source.ts';

/** Text libraries and fonts. Checksums are those of Debian's signed source packages and package lists. */
export const EXPAT: DebianSource = {
  name: 'expat',
  version: '2.8.3-1~deb13u1',
  suite: 'trixie',
  path: 'pool/main/e/expat/expat_2.8.3.orig.tar.gz',
  sha256: '533659a16e0184035a99fd8e783f1ad61a887a7bf8586a8681740b9d7ed42389',
};

export const FREETYPE: DebianSource = {
  name: 'freetype',
  version: '2.13.3+dfsg-1+deb13u1',
  suite: 'trixie',
  path: 'pool/main/f/freetype/freetype_2.13.3+dfsg.orig.tar.xz',
  sha256: '686ec73cbf6783b245dd068a09ce807b729ac0f8a46dd70f7867923c32fdf4de',
  fixes: {
    path: 'pool/main/f/freetype/freetype_2.13.3+dfsg-1+deb13u1.debian.tar.xz',
    sha256: 'e7a07cad1b9c803457ec310bc87132429f52171c89f9126c09eb62e203c8c84b',
    patches: ['CVE-2026-23865.patch'],
  },
};

export const FRIBIDI: DebianSource = {
  name: 'fribidi',
  version: '1.0.16-1',
  suite: 'trixie',
  path: 'pool/main/f/fribidi/fribidi_1.0.16.orig.tar.xz',
  sha256: '1b1cde5b235d40479e91be2f0e88a309e3214c8ab470ec8a2744d82a5a9ea05c',
};

export const HARFBUZZ: DebianSource = {
  name: 'harfbuzz',
  version: '10.2.0-1+deb13u1',
  suite: 'trixie',
  path: 'pool/main/h/harfbuzz/harfbuzz_10.2.0.orig.tar.xz',
  sha256: '620e3468faec2ea8685d32c46a58469b850ef63040b3565cde05959825b48227',
  fixes: {
    path: 'pool/main/h/harfbuzz/harfbuzz_10.2.0-1+deb13u1.debian.tar.xz',
    sha256: '7694792ba03256931cbd068b9100d5bcca1d63496434af3c30b56babddd01d90',
    patches: ['0001-cmap-malloc-fail-test-5710.patch'],
  },
};

export const FONTCONFIG: DebianSource = {
  name: 'fontconfig',
  version: '2.15.0-2.3',
  suite: 'trixie',
  path: 'pool/main/f/fontconfig/fontconfig_2.15.0.orig.tar.xz',
  sha256: '63a0658d0e06e0fa886106452b58ef04f21f58202ea02a94c39de0d3335d7c0e',
};

export const LIBUNIBREAK: DebianSource = {
  name: 'libunibreak',
  version: '6.1-3',
  suite: 'trixie',
  path: 'pool/main/libu/libunibreak/libunibreak_6.1.orig.tar.gz',
  sha256: '890674996168ef5ba143d80d49ab8b61594a4eb70198dcac76caf6e1bd264a41',
};

export const LIBASS: DebianSource = {
  name: 'libass',
  version: '1:0.17.1-1+deb12u1',
  suite: 'bookworm',
  path: 'pool/main/liba/libass/libass_0.17.1.orig.tar.gz',
  sha256: 'd653be97198a0543c69111122173c41a99e0b91426f9e17f06a858982c2fb03d',
  fixes: {
    archive: 'debian-security',
    path: 'pool/updates/main/liba/libass/libass_0.17.1-1+deb12u1.debian.tar.xz',
    sha256: '5aba1f03fd7c0340fb53f32c6b81f9c80549dc3b1a8098b0a19e582ef3618cff',
    patches: ['CVE-2026-61627.patch'],
  },
};

export const FONTS_DEJAVU: DebianSource = {
  name: 'fonts-dejavu-core',
  version: '2.37-6',
  suite: 'bookworm',
  path: 'pool/main/f/fonts-dejavu/fonts-dejavu-core_2.37-6_all.deb',
  sha256: '8892669e51aab4dc56682c8e39d8ddb7d70fad83c369344e1e240bf3ca22bb76',
};

export const FONTS_NOTO: DebianSource = {
  name: 'fonts-noto-core',
  version: '20201225-1',
  suite: 'bookworm',
  path: 'pool/main/f/fonts-noto/fonts-noto-core_20201225-1_all.deb',
  sha256: '58f4f0bb6720f919f92096b3508e1412a0f1544424ade6c5b5bf1eb694dd64ba',
};

export const FONTS_WQY_MICROHEI: DebianSource = {
  name: 'fonts-wqy-microhei',
  version: '0.2.0-beta-3.1',
  suite: 'bookworm',
  path: 'pool/main/f/fonts-wqy-microhei/fonts-wqy-microhei_0.2.0-beta-3.1_all.deb',
  sha256: '239163df984eea5c9da3b551aee374936222cdbd67f1a1be3cdcf3d76143ad66',
};

export const FONTS_SYMBOLA: DebianSource = {
  name: 'fonts-symbola',
  version: '2.60-1.1',
  suite: 'bookworm',
  path: 'pool/main/t/ttf-ancient-fonts/fonts-symbola_2.60-1.1_all.deb',
  sha256: '408244997437d4103e9cdc9dd75db29d0e5fbee6e6874536173995204033a6df',
};
