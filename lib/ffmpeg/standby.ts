import { type Child, spawnChild, streamOf } from './child.ts';
import type { Command } from './confinement.ts';

/**
 * A launcher that was started before its command is known. A start then needs no fork, which copies the page tables of
 * this process and keeps its event loop busy for as long.
 */
export type Standby = {
  /**
   * Starts a confined command in the waiting launcher, with a pipe at each of the descriptors 0 to 4. Undefined when no
   * launcher waits. In both cases another one is started soon.
   */
  start(command: Command): Child | undefined;
  /** Ends the waiting launcher. */
  close(): void;
};

/** Most of the first bytes have been sent by then, and the fork delays none of them. */
const PAUSE_MS = 50;

const PIPES = ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'] as const;

export function createStandby(): Standby {
  let waiting: { readonly launcher: string; readonly child: Child } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function prepare(launcher: string): void {
    timer = undefined;
    if (closed) return;
    const child = launch(launcher);
    if (child === undefined) return;
    for (const handle of handlesOf(child)) handle.unref();
    waiting = { launcher, child };
    child.once('exit', () => {
      if (waiting?.child === child) waiting = undefined;
    });
  }

  return {
    start({ file, args }) {
      if (closed) return undefined;
      if (waiting !== undefined && waiting.launcher !== file) return undefined;
      timer ??= setTimeout(() => prepare(file), PAUSE_MS).unref();
      if (waiting === undefined) return undefined;
      const { child } = waiting;
      waiting = undefined;
      for (const handle of handlesOf(child)) handle.ref();
      streamOf(child, 3).write(written(args));
      return child;
    },
    close() {
      closed = true;
      clearTimeout(timer);
      waiting?.child.kill('SIGKILL');
    },
  };
}

/** Returns undefined when the machine cannot start another process: the next start then says so. */
function launch(launcher: string): Child | undefined {
  try {
    return spawnChild({ file: launcher, args: ['--wait', '--owner', String(process.pid)] }, [...PIPES]);
  } catch {
    return undefined;
  }
}

/** The process and its pipes: what keeps this process alive while it waits for them. */
function handlesOf(child: Child): readonly { ref(): void; unref(): void }[] {
  return [child, ...PIPES.map((_, descriptor) => streamOf(child, descriptor))];
}

/** The command as the launcher reads it: its length, then each argument with a NUL byte. */
function written(args: readonly string[]): Buffer {
  const command = Buffer.from(`${args.join('\0')}\0`);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(command.length);
  return Buffer.concat([length, command]);
}
