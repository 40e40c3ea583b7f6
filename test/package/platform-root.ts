import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** A command that runs in a machine of the platform's layout, where it is the only program. */
export type Entered = { readonly file: string; readonly args: readonly string[] };

export type PlatformRoot = {
  /** An empty folder that becomes `/`. */
  readonly root: string;
  /** What is unpacked to /var/task and to /opt. */
  readonly task: string;
  readonly opt: string;
  /** The runtime client: /var/runtime. */
  readonly runtime: string;
  readonly temporaryMiB: number;
};

const ENTER = new URL('enter-platform.sh', import.meta.url).pathname;
const NODE = realpathSync(process.execPath);
/** What name resolution and TLS need. */
const CONFIGURATION = ['/etc/hosts', '/etc/resolv.conf', '/etc/nsswitch.conf', '/etc/ssl/certs'];
/** The user and group that functions run as on the platform. */
const FUNCTION_USER = '993:990';

const isRoot = process.getuid?.() === 0;
/** What is mounted is seen in there only, and what runs there ends with it. */
const NAMESPACES = [
  ...(isRoot ? [] : ['--user', '--map-root-user']),
  ...['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'],
];

/** Why no such machine can be made here; undefined when it can. */
export function whyNoPlatform(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux';
  const { error, status, stderr } = spawnSync('unshare', [...NAMESPACES, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return `unshare: ${error.message}`;
  return status === 0 ? undefined : `no namespaces without more rights: ${stderr.trim()}`;
}

/** Node with these arguments, in a machine that has what Amazon Linux brings with its Node, and no more. */
export function nodeInPlatform(platform: PlatformRoot, args: readonly string[]): Entered {
  const { root, task, opt, runtime, temporaryMiB } = platform;
  const programs = ['/bin/sh', ...librariesOf(NODE, '/bin/sh', join(runtime, 'rapid-client.node'))];
  const files = [...programs, ...CONFIGURATION.filter((path) => existsSync(path))];
  // Who is nobody special here already is no other in there.
  const user = isRoot ? FUNCTION_USER : '';
  const layout = [root, task, opt, runtime, NODE, String(temporaryMiB), user, ...files];
  return { file: 'unshare', args: [...NAMESPACES, ENTER, ...layout, '--', '/var/lang/bin/node', ...args] };
}

/** The shared libraries of programs, and their loader, each where the program looks for it. */
function librariesOf(...programs: readonly string[]): string[] {
  const lines = execFileSync('ldd', programs, { encoding: 'utf8' }).split('\n');
  const paths = lines.map((line) => /^\s.*?(\/\S+) \(0x/.exec(line)?.[1]);
  return [...new Set(paths.filter((path) => path !== undefined))];
}
