import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** A command in a machine with the platform's layout, where it is the only program. */
export type Entered = { readonly file: string; readonly args: readonly string[] };

export type PlatformRoot = {
  /** An empty folder that becomes `/`. */
  readonly root: string;
  /** The unpacked content of /var/task and of /opt. */
  readonly task: string;
  readonly opt: string;
  /** The runtime client: /var/runtime. */
  readonly runtime: string;
  readonly temporaryMiB: number;
};

const ENTER = new URL('enter-platform.sh', import.meta.url).pathname;
const NODE = realpathSync(process.execPath);
/** Files that name resolution and TLS need. */
const CONFIGURATION = ['/etc/hosts', '/etc/resolv.conf', '/etc/nsswitch.conf', '/etc/ssl/certs'];
/** The platform's user and group for functions. */
const FUNCTION_USER = '993:990';

const isRoot = process.getuid?.() === 0;
/** Mounts are visible only inside, and processes inside end with the first one. */
const NAMESPACES = [
  ...(isRoot ? [] : ['--user', '--map-root-user']),
  ...['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'],
];

/** Returns the reason why such a machine cannot be created here; undefined when it can. */
export function whyNoPlatform(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux';
  const { error, status, stderr } = spawnSync('unshare', [...NAMESPACES, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return `unshare: ${error.message}`;
  return status === 0 ? undefined : `not allowed to create namespaces: ${stderr.trim()}`;
}

/** Runs Node with these arguments, in a machine with only the files of Amazon Linux and its Node. */
export function nodeInPlatform(platform: PlatformRoot, args: readonly string[]): Entered {
  const { root, task, opt, runtime, temporaryMiB } = platform;
  const programs = ['/bin/sh', ...librariesOf(NODE, '/bin/sh', join(runtime, 'rapid-client.node'))];
  const files = [...programs, ...CONFIGURATION.filter((path) => existsSync(path))];
  // An unprivileged user stays the same user inside.
  const user = isRoot ? FUNCTION_USER : '';
  const layout = [root, task, opt, runtime, NODE, String(temporaryMiB), user, ...files];
  return { file: 'unshare', args: [...NAMESPACES, ENTER, ...layout, '--', '/var/lang/bin/node', ...args] };
}

/** Returns the shared libraries and the loader of programs, each at the path that the program uses. */
function librariesOf(...programs: readonly string[]): string[] {
  const lines = execFileSync('ldd', programs, { encoding: 'utf8' }).split('\n');
  const paths = lines.map((line) => /^\s.*?(\/\S+) \(0x/.exec(line)?.[1]);
  return [...new Set(paths.filter((path) => path !== undefined))];
}
