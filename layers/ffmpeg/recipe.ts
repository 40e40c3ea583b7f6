import type { LayerRecipe, Step } from '../builder/recipe.ts';
import { DAV1D, FFMPEG, LAME, LIBVPX, MBEDTLS, OPUS, RUBBERBAND, SRT, X264, ZIMG, ZLIB } from '../builder/sources.ts';
import { EXPAT, FONTCONFIG, FREETYPE, FRIBIDI, HARFBUZZ, LIBASS, LIBUNIBREAK } from '../builder/text-sources.ts';
import { DEPS, FLAGS, PKG_CONFIG } from './build-systems.ts';
import { FULL_COMPONENTS, LEFT_OUT } from './components.ts';
import { FONT_FILES, FONT_PACKAGES } from './fonts.ts';
import { LIBRARIES } from './libraries.ts';

/** ffmpeg's own libraries: one copy for both programs. */
const SHARED_OBJECTS = [
  ...['libavcodec.so.59', 'libavdevice.so.59', 'libavfilter.so.8', 'libavformat.so.59', 'libavutil.so.57'],
  ...['libpostproc.so.56', 'libswresample.so.4', 'libswscale.so.6'],
];

const PROGRAMS = ['ffmpeg', 'ffprobe'];

const LAUNCHER: readonly Step[] = [
  {
    directory: 'build/launcher',
    command: [
      'gcc',
      '-static',
      '-Os',
      '-fno-ident',
      '-Wall',
      '-Werror',
      '-Wl,--build-id=none',
      '-o',
      'launcher',
      '../../own/launcher.c',
    ],
  },
  { directory: 'build/launcher', command: ['strip', '--strip-all', 'launcher'] },
];

/** All of ffmpeg itself, with text, networks and the usual encoders. Runs on any Linux with its own C library. */
export const FULL_RECIPE: LayerRecipe = {
  name: 'ffmpeg',
  sources: [
    ...[FFMPEG, OPUS, RUBBERBAND, X264, LIBVPX, DAV1D, ZIMG, LAME, ZLIB, MBEDTLS, SRT],
    ...[EXPAT, FREETYPE, FRIBIDI, HARFBUZZ, FONTCONFIG, LIBUNIBREAK, LIBASS],
    ...FONT_PACKAGES,
  ],
  patches: [
    { source: FFMPEG.name, file: 'tls-nonblocking.patch' },
    { source: MBEDTLS.name, file: 'tls12-rsa-pss.patch' },
    { source: SRT.name, file: 'srt-key-length.patch' },
  ],
  licences: [
    ...[
      'ffmpeg/COPYING.GPLv3',
      'ffmpeg/COPYING.GPLv2',
      'ffmpeg/COPYING.LGPLv3',
      'ffmpeg/COPYING.LGPLv2.1',
      'ffmpeg/LICENSE.md',
    ],
    ...[
      'opus/COPYING',
      'rubberband/COPYING',
      'x264/COPYING',
      'libvpx/LICENSE',
      'libvpx/PATENTS',
      'dav1d/COPYING',
      'zimg/COPYING',
    ],
    ...['lame/COPYING', 'zlib/LICENSE', 'mbedtls/LICENSE', 'srt/LICENSE', 'expat/COPYING', 'freetype/LICENSE.TXT'],
    ...[
      'freetype/docs/FTL.TXT',
      'freetype/docs/GPLv2.TXT',
      'fribidi/COPYING',
      'harfbuzz/COPYING',
      'fontconfig/COPYING',
    ],
    ...['libunibreak/LICENCE', 'libass/COPYING'],
  ],
  parts: [...LIBRARIES, { name: 'ffmpeg', steps: ffmpeg() }, { name: 'launcher', steps: LAUNCHER }],
  binaries: PROGRAMS.map((name) => ({ name, built: 'build/launcher/launcher', steps: [] })),
  files: [
    ...PROGRAMS.map((name) => ({ from: `out/opt/bin/${name}`, to: `libexec/${name}` })),
    ...SHARED_OBJECTS.map((name) => ({ from: `out/opt/lib/${name}`, to: `lib/${name}` })),
    { from: 'build/srt-shared/libsrt.so', to: 'lib/libsrt.so' },
    { from: 'own/fonts.conf', to: 'etc/fonts/fonts.conf' },
    ...FONT_FILES,
  ],
  own: ['launcher.c', 'fonts.conf', 'libsrt.map'],
  runtime: ['ld-linux-x86-64.so.2', 'libc.so.6', 'libm.so.6', 'libgcc_s.so.1', 'libstdc++.so.6'],
  tools: {
    autoreconf: 'autoconf',
    automake: 'automake',
    libtoolize: 'libtool',
    cmake: 'cmake',
    ninja: 'ninja-build',
    meson: 'meson',
    gperf: 'gperf',
    python3: 'python3',
  },
};

function ffmpeg(): Step[] {
  const directory = 'build/ffmpeg';
  const chosen = Object.entries(FULL_COMPONENTS).flatMap(([kind, names]) => [
    `--disable-${kind}s`,
    `--enable-${kind}=${names.join(',')}`,
  ]);
  const leftOut = Object.entries(LEFT_OUT).map(([kind, names]) => `--disable-${kind}=${names.join(',')}`);
  const configure: Step['command'] = [
    '../../src/ffmpeg/configure',
    ...['--prefix=/opt', '--disable-autodetect', '--disable-doc', '--disable-debug', '--disable-ffplay'],
    ...[
      '--disable-static',
      '--enable-shared',
      '--enable-pic',
      '--enable-gpl',
      '--enable-version3',
      '--enable-pthreads',
    ],
    ...[
      '--disable-devices',
      '--enable-indev=lavfi',
      '--pkg-config-flags=--static',
      '--enable-zlib',
      '--enable-libx264',
    ],
    ...['--enable-libvpx', '--enable-libdav1d', '--enable-libopus', '--enable-libmp3lame', '--enable-librubberband'],
    ...['--enable-libfreetype', '--enable-libfribidi', '--enable-libfontconfig', '--enable-libass', '--enable-libsrt'],
    ...['--enable-libzimg', '--enable-mbedtls'],
    ...[`--extra-cflags=${FLAGS} -I${DEPS}/include`, `--extra-ldflags=-L${DEPS}/lib -Wl,--build-id=none`],
    ...chosen,
    ...leftOut,
  ];
  return [
    { directory, command: configure, environment: PKG_CONFIG },
    { directory, command: ['make', '-j', 'JOBS'] },
    { directory, command: ['make', 'install', 'DESTDIR=WORK/out'] },
    { directory: 'out/opt', command: ['sh', '-c', 'strip --strip-unneeded bin/* lib/*.so.*'] },
  ];
}
