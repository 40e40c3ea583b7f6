import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '#lib/config.ts';
import { createLog } from '#lib/log.ts';
import { newInstance } from '#lib/services/presence.ts';
import { openStore } from '#lib/services/store.ts';
import { livingRunners } from '#lib/store/runners.ts';
import { DRAIN_CHANNEL } from './drain-channel.ts';

const POLL_MS = 500;

/** Asks the runners of this machine to end, and waits until they have. Resolves with false without a database. */
export async function drainRunners(config: Config): Promise<boolean> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const store = openStore(config);
  if (store === undefined) {
    say('DATABASE_URL is not set: there are no runners');
    return false;
  }
  try {
    const log = createLog({ level: config.LOG_LEVEL });
    const { machineId = '' } = newInstance(config, { store, log });
    let left = await store.database.run((db) => livingRunners(db, { machineId }));
    say(left.length === 0 ? 'no runner runs on this machine' : `draining ${names(left)}`);
    while (left.length > 0) {
      await store.notifications.notify(DRAIN_CHANNEL, machineId);
      await delay(POLL_MS);
      left = await store.database.run((db) => livingRunners(db, { machineId }));
    }
    return true;
  } finally {
    await store.close();
  }
}

function names(runners: readonly { readonly name: string; readonly kinds: readonly string[] }[]): string {
  return runners.map(({ name, kinds }) => `${name} (${kinds.join(', ')})`).join(', ');
}
