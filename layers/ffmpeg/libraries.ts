import type { Part, Step } from '../builder/recipe.ts';
import { RUBBERBAND } from '../builder/sources.ts';
import { HARFBUZZ, LIBUNIBREAK } from '../builder/text-sources.ts';
import { autotools, cmake, configured, DEPS, FLAGS, meson, PREFIX, plain } from './build-systems.ts';

const C = ['gcc', ...FLAGS.split(' '), '-DNDEBUG'] as const;
const CXX = ['g++', ...FLAGS.split(' '), '-DNDEBUG'] as const;

/** Returns the upstream version in a Debian version. */
function upstream({ version }: { readonly version: string }): string {
  return version.replace(/^\d+:/, '').replace(/[-+].*/, '');
}

const mbedtls = cmake('mbedtls', ['-DENABLE_PROGRAMS=OFF', '-DENABLE_TESTING=OFF', '-DMBEDTLS_FATAL_WARNINGS=OFF']);

/** ffmpeg reads each input in its own thread, and TLS 1.3 keeps its keys where all threads share them. */
const MBEDTLS_FOR_THREADS: readonly Step[] = ['MBEDTLS_THREADING_C', 'MBEDTLS_THREADING_PTHREAD'].map((option) => ({
  directory: 'src/mbedtls',
  command: ['python3', 'scripts/config.py', 'set', option],
}));

const srt = cmake('srt', [
  ...['-DENABLE_SHARED=OFF', '-DENABLE_STATIC=ON', '-DENABLE_APPS=OFF', '-DENABLE_UNITTESTS=OFF'],
  ...['-DENABLE_ENCRYPTION=ON', '-DUSE_ENCLIB=mbedtls', '-DENABLE_CXX11=ON'],
]);

/** Fixes its pkg-config file, which names the archives by absolute paths and in an order that cannot be linked. */
const SRT_LINKED_WITH_MBEDTLS: Step = {
  directory: `deps${PREFIX}/lib/pkgconfig`,
  command: ['sed', '-i', 's/^Libs.private:.*/Libs.private: -lmbedtls -lmbedx509 -lmbedcrypto -lstdc++ -lm/', 'srt.pc'],
};

/**
 * A shared object of SRT for other programs, such as a Node process that loads it. It exports SRT's own functions, includes
 * Mbed TLS, and uses the C and C++ libraries of the program.
 */
const SRT_SHARED: Step = {
  directory: 'build/srt-shared',
  command: [
    ...(['g++', '-shared', '-o', 'libsrt.so', '-Wl,-soname,libsrt.so', '-Wl,--build-id=none'] as const),
    ...['-Wl,--version-script=../../own/libsrt.map', '-Wl,--no-undefined', '-Wl,-s', `-L${DEPS}/lib`],
    ...['-Wl,--whole-archive', '-lsrt', '-Wl,--no-whole-archive', '-lmbedtls', '-lmbedx509', '-lmbedcrypto'],
  ],
};

const zimg = autotools('zimg', []);

/** Its archive has no `configure`. */
const ZIMG_CONFIGURE: Step = { directory: 'src/zimg', command: ['autoreconf', '--install', '--force'] };

/** Its pkg-config file lacks one of its libraries. */
const ZIMG_LINKED: Step = {
  directory: `deps${PREFIX}/lib/pkgconfig`,
  command: ['sed', '-i', 's/^Libs.private:.*/Libs.private: -lstdc++ -lm/', 'zimg.pc'],
};

/** Only the library, without its programs. */
const FONTCONFIG_FOLDERS = 'SUBDIRS=fontconfig fc-case fc-lang src';

const UNIBREAK_SOURCES = [
  ...['unibreakbase', 'unibreakdef', 'linebreak', 'linebreakdata', 'linebreakdef', 'eastasianwidthdef', 'emojidef'],
  ...['graphemebreak', 'wordbreak'],
].map((file) => `src/${file}.c`);
const UNIBREAK_HEADERS = ['unibreakbase', 'unibreakdef', 'linebreak', 'graphemebreak', 'wordbreak'].map(
  (file) => `src/${file}.h`,
);

const HARFBUZZ_HEADERS = [
  ...['aat', 'aat-layout', 'blob', 'buffer', 'common', 'deprecated', 'draw', 'face', 'font', 'ft', 'map', 'ot'],
  ...['ot-color', 'ot-deprecated', 'ot-font', 'ot-layout', 'ot-math', 'ot-meta', 'ot-metrics', 'ot-name', 'ot-shape'],
  ...['ot-var', 'paint', 'set', 'shape', 'shape-plan', 'style', 'unicode', 'version'],
];

/** All static and position-independent. Each needs only the libraries before it. */
export const LIBRARIES: readonly Part[] = [
  configured('zlib', ['--static']),
  cmake(
    'expat',
    ['TOOLS', 'EXAMPLES', 'TESTS', 'DOCS'].map((part) => `-DEXPAT_BUILD_${part}=OFF`),
    'expat',
  ),
  cmake('freetype', [
    ...['BZIP2', 'PNG', 'HARFBUZZ', 'BROTLI'].map((library) => `-DFT_DISABLE_${library}=ON`),
    '-DFT_REQUIRE_ZLIB=ON',
  ]),
  autotools('fribidi', []),
  plain({
    name: 'harfbuzz',
    version: upstream(HARFBUZZ),
    compile: [
      ...CXX,
      '-fno-exceptions',
      '-fno-rtti',
      '-DHAVE_FREETYPE',
      '-DHAVE_PTHREAD',
      `-I${DEPS}/include/freetype2`,
    ],
    sources: ['src/harfbuzz.cc'],
    headers: ['hb.h', ...HARFBUZZ_HEADERS.map((name) => `hb-${name}.h`)].map((file) => `src/${file}`),
    includeFolder: 'harfbuzz',
    libs: '-lstdc++ -lm',
    requires: 'freetype2',
  }),
  autotools(
    'fontconfig',
    ['--disable-docs', '--disable-nls', '--disable-cache-build', '--sysconfdir=/opt/etc', '--localstatedir=/tmp'],
    { build: [FONTCONFIG_FOLDERS], install: ['install', FONTCONFIG_FOLDERS] },
  ),
  plain({
    name: 'libunibreak',
    version: upstream(LIBUNIBREAK),
    compile: C,
    sources: UNIBREAK_SOURCES,
    headers: UNIBREAK_HEADERS,
  }),
  autotools('libass', ['--enable-libunibreak', '--enable-fontconfig']),
  configured('x264', [
    ...['--enable-static', '--enable-pic', '--disable-cli', '--disable-opencl', '--bit-depth=8', '--disable-avs'],
    ...['--disable-swscale', '--disable-lavf', '--disable-ffms', '--disable-gpac', '--disable-lsmash'],
    `--extra-cflags=${FLAGS}`,
  ]),
  configured('libvpx', [
    ...['--target=x86_64-linux-gcc', '--enable-pic', '--as=nasm', '--enable-runtime-cpu-detect', '--disable-vp8'],
    ...['--disable-examples', '--disable-tools', '--disable-docs', '--disable-unit-tests', '--disable-webm-io'],
    ...['--disable-libyuv', '--disable-install-bins'],
  ]),
  { ...zimg, steps: [ZIMG_CONFIGURE, ...zimg.steps, ZIMG_LINKED] },
  meson('dav1d', ['-Denable_tools=false', '-Denable_tests=false']),
  autotools('opus', ['--disable-doc', '--disable-extra-programs']),
  autotools('lame', ['--disable-frontend', '--disable-decoder']),
  plain({
    name: 'rubberband',
    version: upstream(RUBBERBAND),
    compile: CXX,
    sources: ['single/RubberBandSingle.cpp'],
    headers: ['rubberband'],
    libs: '-lstdc++ -lm -lpthread',
  }),
  { ...mbedtls, steps: [...MBEDTLS_FOR_THREADS, ...mbedtls.steps] },
  { ...srt, steps: [...srt.steps, SRT_LINKED_WITH_MBEDTLS, SRT_SHARED] },
];
