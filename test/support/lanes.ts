import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, matchesGlob, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * `unit` files start no process and open no socket, and run in one process. `parallel` files run in a process each,
 * several at a time. `timed` files measure time or CPU use, or need a quiet machine, and run with little in parallel.
 */
export type Lane = 'unit' | 'parallel' | 'timed';

/** Files that fail on a machine that is fully loaded, because they measure time or CPU use; the longest first. */
export const TIMED: readonly string[] = [
  'test/client/continuity.test.ts',
  'test/soak.test.ts',
  'test/attack.test.ts',
  'test/client/python/stalled-sources.test.ts',
  'test/client/python/filter-changes.test.ts',
  'test/client/python/cut-streams.test.ts',
  'test/client/cli/control.test.ts',
  'test/client/service/bad-service.test.ts',
  'test/e2e/live.test.ts',
  'test/e2e/streaming.test.ts',
  'test/client/stream/filter-changes.test.ts',
  'test/client/cli/exit-codes.test.ts',
  'test/kills.test.ts',
  'test/bench/profile.test.ts',
  'test/e2e/records-database.test.ts',
  'test/e2e/identity-outage.test.ts',
  'test/lib/store/database.test.ts',
  'test/examples/{discord,radio,telegram}.example.ts',
];

/** What encodes videos: a stage of its own, without its unit tests. */
export const JOBS: readonly string[] = ['test/lib/jobs/**', 'test/lib/store/jobs/**', 'test/e2e/job*.test.ts'];

/** Files that take long start first, so that none runs alone at the end. */
export const LONG: readonly string[] = [
  'test/e2e/one-host.test.ts',
  'test/e2e/greedy-caller.test.ts',
  'test/examples/pages.example.ts',
  'test/lib/store/presence.test.ts',
  'test/local/start.test.ts',
  'test/client/python/*.test.ts',
  'test/e2e/metrics-instances.test.ts',
  'test/client/**/*.test.ts',
  'test/fuzz.test.ts',
  'test/layers/*.test.ts',
  'test/bench/*.test.ts',
  'test/e2e/*.test.ts',
  'test/{local,handlers}/*.test.ts',
];

/** What a unit test must not reach by imports: these modules and packages, except for the names listed. */
const STARTERS: Readonly<Record<string, readonly string[]>> = {
  'node:child_process': [],
  'node:cluster': [],
  'node:dgram': [],
  'node:dns': [],
  'node:dns/promises': [],
  'node:http': ['METHODS', 'STATUS_CODES', 'validateHeaderName', 'validateHeaderValue'],
  'node:http2': ['constants'],
  'node:https': [],
  'node:net': ['BlockList', 'isIP', 'isIPv4', 'isIPv6'],
  'node:tls': [],
  'node:worker_threads': [],
  '@20minutes/s3rver': [],
  esbuild: [],
};

/** Every test file, as a path from the project's root. */
export async function testFiles(patterns: readonly string[] = ['test/**/*.test.ts']): Promise<string[]> {
  return (await Array.fromAsync(glob(patterns, { cwd: PROJECT }))).toSorted();
}

/** The files of a stage: all unit tests are in `main`. */
export function filesOf(stage: 'main' | 'jobs', files: readonly string[]): string[] {
  const isJobs = (file: string) => JOBS.some((pattern) => matchesGlob(file, pattern)) && laneOf(file) !== 'unit';
  return files.filter((file) => isJobs(file) === (stage === 'jobs'));
}

/** The files of a lane, in the order in which they start. */
export function filesIn(lane: Lane, files: readonly string[]): string[] {
  const order = [...TIMED, ...LONG];
  const place = (file: string): number => {
    const found = order.findIndex((pattern) => matchesGlob(file, pattern));
    return found < 0 ? order.length : found;
  };
  return files.filter((file) => laneOf(file) === lane).toSorted((one, other) => place(one) - place(other));
}

/** The lane of a test file. */
export function laneOf(file: string): Lane {
  if (TIMED.some((pattern) => matchesGlob(file, pattern))) return 'timed';
  return pathToStarter(file) === undefined ? 'unit' : 'parallel';
}

/**
 * The shortest chain of imports from a file to something that starts a process or opens a socket, such as
 * `['test/a.test.ts', 'lib/b.ts', 'node:net']`; undefined when there is none.
 */
export function pathToStarter(file: string): readonly string[] | undefined {
  const seen = new Set([resolve(PROJECT, file)]);
  const queue: (readonly string[])[] = [[resolve(PROJECT, file)]];
  for (const path of queue) {
    for (const { specifier, names } of importsOf(path.at(-1) ?? '')) {
      if (isStarter(specifier, names)) return [...path.map((step) => step.slice(PROJECT.length)), specifier];
      const imported = fileOf(specifier, path.at(-1) ?? '');
      if (imported === undefined || seen.has(imported)) continue;
      seen.add(imported);
      queue.push([...path, imported]);
    }
  }
  return undefined;
}

function isStarter(specifier: string, names: readonly string[]): boolean {
  const harmless = STARTERS[specifier];
  return harmless !== undefined && !(names.length > 0 && names.every((name) => harmless.includes(name)));
}

/** The file of an import of this project; undefined for a package or a module of Node. */
function fileOf(specifier: string, importer: string): string | undefined {
  if (specifier.startsWith('#lib/')) return resolve(PROJECT, specifier.slice(1));
  return specifier.startsWith('.') ? resolve(dirname(importer), specifier) : undefined;
}

type Import = {
  readonly specifier: string;
  /** The named imports; empty when the whole module is imported. */
  readonly names: readonly string[];
};

/** As Biome formats them: `import … from '…'`, `export … from '…'`, `import '…'` and `import('…')`. */
const IMPORT = /^(?:import|export)\s+(?!type\s)(?:([^'";=]*?)\s+from\s+)?'([^']+)'|\bimport\(\s*'([^']+)'/gm;

const known = new Map<string, readonly Import[]>();

/** What a file imports when it runs: imports of types are left out. */
function importsOf(file: string): readonly Import[] {
  const before = known.get(file);
  if (before !== undefined) return before;
  const text = file.endsWith('.ts') ? readFileSync(file, 'utf8') : '';
  const imports = [...text.matchAll(IMPORT)].map(([, clause = '', from, dynamic]) => ({
    specifier: from ?? dynamic ?? '',
    names: namesIn(clause),
  }));
  known.set(file, imports);
  return imports;
}

function namesIn(clause: string): string[] {
  const [, list] = /^\{([^}]*)\}$/.exec(clause.trim()) ?? [];
  const names = (list ?? '').split(',').map((name) => name.trim());
  return names.filter((name) => name !== '' && !name.startsWith('type ')).map((name) => name.split(' ')[0] ?? '');
}
