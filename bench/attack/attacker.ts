import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** Lets a program that calls `asAttacker` attack for some seconds. Resolves with its report. */
export async function attackFor<Report>(
  program: URL,
  { args, seconds }: { readonly args: readonly string[]; readonly seconds: number },
): Promise<Report> {
  const child = fork(program, args, { execArgv: [] });
  const exited = once(child, 'exit');
  const died = exited.then(([code]) => {
    throw new Error(`the attacker exited with ${code}`);
  });
  died.catch(() => undefined);
  try {
    await Promise.race([delay(seconds * 1_000), died]);
    const reported = once(child, 'message');
    child.send('stop');
    const [report] = (await Promise.race([reported, died])) as [Report];
    return report;
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
}

/**
 * Runs an attack until this process is told to stop, and sends its report. An attacker stands for another machine, so it
 * runs at the lowest priority.
 */
export async function asAttacker(attack: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  setPriority(19);
  process.once('disconnect', () => process.exit());
  const stopped = new AbortController();
  const attacking = attack(stopped.signal);
  await once(process, 'message');
  stopped.abort();
  process.send?.(await attacking, () => process.exit());
}
