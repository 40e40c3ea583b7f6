import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { type Copy, copyProject, packageCopy } from '../support/package-copy.ts';

/** What `npm run package` makes without arguments, and what it printed. */
export type Packaged = Disposable & { readonly copy: Copy; readonly printed: string };

/** Runs a command without a network. */
const ALONE = ['unshare', '--net', '--map-root-user', 'sh', '-c', 'ip link set lo up && exec "$@"', 'alone'];

export const CAN_BE_ALONE: boolean = canBeAlone();

let running: Promise<Packaged> | undefined;

/** Packages a copy of the project, once; without a network where that can be. */
export function packaged(): Promise<Packaged> {
  running ??= packageOnce();
  return running;
}

async function packageOnce(): Promise<Packaged> {
  const copy = copyProject();
  const { code, printed } = await packageCopy(copy, { within: CAN_BE_ALONE ? ALONE : [] });
  assert.equal(code, 0, printed);
  return { copy, printed, [Symbol.dispose]: copy[Symbol.dispose] };
}

function canBeAlone(): boolean {
  try {
    execFileSync(ALONE[0] ?? '', [...ALONE.slice(1), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
