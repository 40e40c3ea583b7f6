import { readdirSync, readlinkSync } from 'node:fs';

/** Returns the number of open descriptors of this process by target; empty if there is no /proc. */
export function openDescriptors(): string[] {
  const targets: string[] = [];
  try {
    for (const fd of readdirSync('/proc/self/fd')) {
      try {
        targets.push(readlinkSync(`/proc/self/fd/${fd}`));
      } catch {
        // The descriptor that listed the folder is already closed.
      }
    }
  } catch {
    return [];
  }
  return targets.sort();
}

/** Returns the active handles of this process by kind. Finished ones disappear in the next turns of the event loop. */
export async function settledResources(unlike?: string): Promise<string> {
  let seen = '';
  for (let turn = 0; turn < 1000; turn += 1) {
    await new Promise(setImmediate);
    seen = JSON.stringify([process.getActiveResourcesInfo().sort(), openDescriptors()]);
    if (seen === unlike) break;
  }
  return seen;
}
