import type { LayerRecipe, Step } from '../builder/recipe.ts';
import { FFMPEG, LAME, OPENCORE_AMR, OPUS, RUBBERBAND } from '../builder/sources.ts';
import { AUDIO_COMPONENTS } from './components.ts';

/** The processor levels that the layer has an ffmpeg for (x86-64 psABI levels). The first supported one runs. */
const LEVELS = { 'ffmpeg-audio': 'x86-64-v3', 'ffmpeg-audio-v2': 'x86-64-v2' } as const;

/** One static ffmpeg for each level, with its libraries built for the same level. */
export const AUDIO_RECIPE: LayerRecipe = {
  name: 'ffmpeg-audio',
  sources: [FFMPEG, OPUS, LAME, OPENCORE_AMR, RUBBERBAND],
  patches: [{ source: FFMPEG.name, file: 'async-ring.patch' }],
  licences: [
    ...['GPLv3', 'GPLv2', 'LGPLv3', 'LGPLv2.1'].map((name) => `ffmpeg/COPYING.${name}`),
    ...['ffmpeg/LICENSE.md', 'opus/COPYING', 'lame/COPYING', 'opencore-amr/LICENSE', 'rubberband/COPYING'],
  ],
  binaries: Object.entries(LEVELS).map(([name, level]) => ({
    name,
    built: `${level}/ffmpeg/ffmpeg`,
    steps: [
      ...configured('opus', level, ['--disable-doc', '--disable-extra-programs']),
      ...configured('lame', level, ['--disable-frontend', '--disable-decoder']),
      ...configured('opencore-amr', level),
      ...rubberband(level),
      ...ffmpeg(level),
    ],
  })),
};

/** Fixed flags, independent of the machine's own: the same recipe produces the same bytes. */
function flags(level: string): string {
  return `-O3 -march=${level} -fno-ident`;
}

/** A static library with a `configure` script. */
function configured(name: string, level: string, options: readonly string[] = []): Step[] {
  const directory = `${level}/${name}`;
  const configure: Step['command'] = [
    `../../src/${name}/configure`,
    ...[`--prefix=/${level}`, '--disable-shared', '--enable-static', ...options],
    ...[`CFLAGS=${flags(level)}`, `CXXFLAGS=${flags(level)}`],
  ];
  return [
    { directory, command: configure },
    { directory, command: ['make', '-j', 'JOBS'] },
    { directory, command: ['make', 'install', 'DESTDIR=WORK/deps'] },
  ];
}

/** The one-file build, which includes its own transform and resampler. */
function rubberband(level: string): Step[] {
  const directory = `${level}/rubberband`;
  const lib = `../../deps/${level}/lib`;
  const source = '../../src/rubberband';
  const description = [
    'Name: rubberband',
    'Description: time stretching',
    `Version: ${RUBBERBAND.version.replace(/\+.*/, '')}`,
    'Libs: -lrubberband -lstdc++ -lm -lpthread',
  ].join('\n');
  return [
    {
      directory,
      command: [
        'g++',
        ...flags(level).split(' '),
        '-DNDEBUG',
        '-c',
        `${source}/single/RubberBandSingle.cpp`,
        '-o',
        'rubberband.o',
      ],
    },
    { directory, command: ['mkdir', '-p', `${lib}/pkgconfig`, `../../deps/${level}/include`] },
    { directory, command: ['ar', 'rcsD', `${lib}/librubberband.a`, 'rubberband.o'] },
    { directory, command: ['cp', '-r', `${source}/rubberband`, `../../deps/${level}/include/`] },
    {
      directory,
      command: ['sh', '-c', 'printf "%s\\n" "$1" > "$2"', 'sh', description, `${lib}/pkgconfig/rubberband.pc`],
    },
  ];
}

function ffmpeg(level: string): Step[] {
  const directory = `${level}/ffmpeg`;
  const deps = `../../deps/${level}`;
  const components = Object.entries(AUDIO_COMPONENTS).map(([kind, names]) => `--enable-${kind}=${names.join(',')}`);
  const configure: Step['command'] = [
    '../../src/ffmpeg/configure',
    ...['--prefix=/opt', '--disable-everything', '--disable-autodetect', '--disable-network'],
    ...[
      '--disable-doc',
      '--disable-debug',
      '--disable-ffplay',
      '--disable-ffprobe',
      '--disable-swscale',
      '--disable-avdevice',
    ],
    ...[
      '--disable-postproc',
      '--enable-gpl',
      '--enable-version3',
      '--enable-libopus',
      '--enable-librubberband',
      '--enable-libmp3lame',
    ],
    ...[
      '--enable-libopencore-amrnb',
      '--enable-libopencore-amrwb',
      '--enable-pthreads',
      '--enable-static',
      '--disable-shared',
      '--pkg-config-flags=--static',
    ],
    ...[
      `--extra-cflags=${flags(level)} -I${deps}/include`,
      `--extra-ldflags=-static -L${deps}/lib -Wl,--build-id=none`,
    ],
    ...components,
  ];
  const environment = { PKG_CONFIG_LIBDIR: `WORK/deps/${level}/lib/pkgconfig`, PKG_CONFIG_SYSROOT_DIR: 'WORK/deps' };
  return [
    { directory, command: configure, environment },
    { directory, command: ['make', '-j', 'JOBS', 'ffmpeg'] },
    { directory, command: ['strip', '--strip-all', 'ffmpeg'] },
  ];
}
