import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';

/** A root folder that contains only a layer at /opt, /dev/null and an empty /tmp. */
export type EmptyRoot = Disposable & {
  /** Its /tmp, seen from outside. */
  readonly tmp: string;
  /** Runs one of its programs without any environment. Rejects when the program fails. */
  run(...command: string[]): Promise<{ readonly stdout: Buffer; readonly stderr: Buffer }>;
  /** Returns the command that runs `command` in its own namespaces, with the layer mounted and loopback up. */
  within(...command: string[]): [string, string[]];
  /** The folder itself. */
  readonly path: string;
};

/** An absolute path, because only root's PATH contains it. */
export const CHROOT = '/usr/sbin/chroot';

/** Mounts and the network belong to the namespaces: the end of the last process removes them. */
const NAMESPACES = ['--user', '--map-root-user', '--mount', '--net', '--'];
const SETUP = [
  'set -e',
  'mount --bind "$1" "$2/opt" && mount -o remount,bind,ro "$2/opt"',
  'mount --bind /dev/null "$2/dev/null"',
  'ip link set lo up',
  'shift 2; exec "$@"',
].join('\n');

/** The reason why there can be no empty root here, or false. For a test's `skip`; in CI it must be possible. */
export const NO_EMPTY_ROOT: string | false = process.env['CI'] === undefined && whyNot();

export function emptyRoot(layer: string): EmptyRoot {
  const folder: ScratchFolder = scratchFolder();
  for (const name of ['opt', 'dev', 'tmp', 'etc']) mkdirSync(folder.file(name));
  writeFileSync(folder.file('dev/null'), '');
  const within = (...command: string[]): [string, string[]] => [
    'unshare',
    [...NAMESPACES, '/bin/sh', '-c', SETUP, 'sh', layer, folder.path, ...command],
  ];
  return {
    path: folder.path,
    tmp: folder.file('tmp'),
    within,
    run: (...command) => {
      const [file, args] = within('env', '-i', CHROOT, folder.path, ...command);
      return promisify(execFile)(file, args, { encoding: 'buffer', maxBuffer: 256 << 20 });
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

function whyNot(): string | false {
  try {
    execFileSync('unshare', [...NAMESPACES, '/bin/sh', '-c', 'mount --bind /dev/null /dev/null && ip link set lo up'], {
      stdio: 'pipe',
    });
    return false;
  } catch (error) {
    return `namespaces cannot be created here (${String(error).split('\n').slice(0, 2).join(' ')})`;
  }
}
