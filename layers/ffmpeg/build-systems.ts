import type { Part, Step } from '../builder/recipe.ts';

/** The prefix of installed libraries, relative to `deps` of the work folder. */
export const PREFIX = '/full';

/** The path from a part's own folder to the libraries that were built before it. */
export const DEPS = `../../deps${PREFIX}`;

/** For any x86-64 processor since 2009. The libraries select faster code for newer ones at run time. */
export const FLAGS = '-O2 -march=x86-64-v2 -fPIC -fno-ident';

/** For builds that use absolute paths: removes the work folder from the output. */
const TRACELESS_FLAGS = `${FLAGS} -ffile-prefix-map=WORK/=`;

/** The environment in which pkg-config finds only the libraries of this build. */
export const PKG_CONFIG = {
  PKG_CONFIG_LIBDIR: `WORK/deps${PREFIX}/lib/pkgconfig`,
  PKG_CONFIG_SYSROOT_DIR: 'WORK/deps',
} as const;

const INSTALL_ENVIRONMENT = { DESTDIR: 'WORK/deps' } as const;

/** A library with a `configure` script. `makeArguments` select what is built and installed. */
export function configured(
  name: string,
  options: readonly string[],
  makeArguments: { readonly build?: readonly string[]; readonly install?: readonly string[] } = {},
): Part {
  const { build = [], install = ['install'] } = makeArguments;
  const directory = `build/${name}`;
  const configure: Step['command'] = [`../../src/${name}/configure`, `--prefix=${PREFIX}`, ...options];
  const environment = { ...PKG_CONFIG, CFLAGS: FLAGS, CXXFLAGS: FLAGS };
  return {
    name,
    steps: [
      { directory, command: configure, environment },
      { directory, command: ['make', '-j', 'JOBS', ...build] },
      { directory, command: ['make', ...install, 'DESTDIR=WORK/deps'] },
    ],
  };
}

/** A `configured` library that uses autoconf and libtool. */
export function autotools(
  name: string,
  options: readonly string[],
  makeArguments: Parameters<typeof configured>[2] = {},
): Part {
  return configured(name, ['--disable-shared', '--enable-static', '--with-pic', ...options], makeArguments);
}

/** A library that CMake builds. `folder` holds its CMakeLists.txt, if not the top of its sources. */
export function cmake(name: string, options: readonly string[], folder = ''): Part {
  const directory = `build/${name}`;
  const configure: Step['command'] = [
    ...(['cmake', '-G', 'Ninja', `../../src/${name}/${folder}`, `-DCMAKE_INSTALL_PREFIX=${PREFIX}`] as const),
    ...['-DCMAKE_INSTALL_LIBDIR=lib', '-DCMAKE_BUILD_TYPE=None', `-DCMAKE_PREFIX_PATH=WORK/deps${PREFIX}`],
    ...[`-DCMAKE_C_FLAGS=${TRACELESS_FLAGS} -DNDEBUG`, `-DCMAKE_CXX_FLAGS=${TRACELESS_FLAGS} -DNDEBUG`],
    ...['-DCMAKE_POSITION_INDEPENDENT_CODE=ON', '-DBUILD_SHARED_LIBS=OFF', ...options],
  ];
  return {
    name,
    steps: [
      { directory, command: configure, environment: PKG_CONFIG },
      { directory, command: ['ninja', '-j', 'JOBS'] },
      { directory, command: ['ninja', 'install'], environment: INSTALL_ENVIRONMENT },
    ],
  };
}

/** A library that Meson builds. */
export function meson(name: string, options: readonly string[]): Part {
  const directory = `build/${name}`;
  const setup: Step['command'] = [
    ...(['meson', 'setup', '.', `../../src/${name}`, `--prefix=${PREFIX}`, '--libdir=lib'] as const),
    ...['--buildtype=release', '--default-library=static', '-Db_ndebug=true', ...options],
  ];
  return {
    name,
    steps: [
      { directory, command: setup, environment: { ...PKG_CONFIG, CFLAGS: FLAGS } },
      { directory, command: ['ninja', '-j', 'JOBS'] },
      { directory, command: ['ninja', 'install'], environment: INSTALL_ENVIRONMENT },
    ],
  };
}

export type PlainLibrary = {
  readonly name: string;
  /** The version in its pkg-config file. */
  readonly version: string;
  readonly compile: readonly [string, ...string[]];
  /** Below its sources. */
  readonly sources: readonly string[];
  /** Headers to copy into the folder `include`, below its sources. */
  readonly headers: readonly string[];
  /** The folder below `include` for the headers, where users of the library expect them. */
  readonly includeFolder?: string;
  /** Additional libraries that a program needs to link with it. */
  readonly libs?: string;
  readonly requires?: string;
};

/** A library of few files, compiled without its own build system, which needs more tools. */
export function plain(library: PlainLibrary): Part {
  const { name, version, compile, sources, headers, includeFolder = '', libs = '', requires = '' } = library;
  const directory = `build/${name}`;
  const include = `${DEPS}/include/${includeFolder}`;
  const archive = name.replace(/^(?!lib)/, 'lib');
  const description = [
    `prefix=${PREFIX}`,
    `Name: ${name}`,
    `Description: ${name}`,
    `Version: ${version}`,
    `Requires: ${requires}`,
    `Libs: -L\${prefix}/lib -l${archive.replace(/^lib/, '')} ${libs}`,
    `Cflags: -I\${prefix}/include/${includeFolder}`,
  ].join('\n');
  const objects = sources.map((source) => source.replace(/^.*\/|\.\w+$/g, '').concat('.o'));
  return {
    name,
    steps: [
      ...sources.map((source): Step => ({ directory, command: [...compile, '-c', `../../src/${name}/${source}`] })),
      { directory, command: ['mkdir', '-p', `${DEPS}/lib/pkgconfig`, include] },
      { directory, command: ['ar', 'rcsD', `${DEPS}/lib/${archive}.a`, ...objects] },
      { directory, command: ['cp', '-r', ...headers.map((header) => `../../src/${name}/${header}`), include] },
      {
        directory,
        command: ['sh', '-c', 'printf "%s\\n" "$1" > "$2"', 'sh', description, `${DEPS}/lib/pkgconfig/${name}.pc`],
      },
    ],
  };
}
