import { fork } from 'node:child_process';
import { once } from 'node:events';
import { quantile } from '../support/statistics.ts';
import type { Checks } from './attack.ts';

/** What another caller notices of an attack. Its times leave out those for which it did not run itself. */
export type BystanderReport = {
  /** The longest time without audio of a live stream. */
  readonly gapMs: number;
  /** The time of each request. */
  readonly answeredMs: readonly number[];
  /** The time to the first byte of each transcode. */
  readonly firstByteMs: readonly number[];
  /** Refused requests, streams that were cut. */
  readonly failures: readonly string[];
  /** The longest time for which this caller itself did not run. */
  readonly ownDelayMs: number;
};

/** A caller in a process of its own, while others attack. `await using` ends it. */
export type Bystander = AsyncDisposable & {
  /** Ends it, and resolves with what it has noticed. */
  report(): Promise<BystanderReport>;
};

/** Longest time without audio, and slowest of a hundred requests. */
const LONGEST_GAP_MS = 300;
const SLOWEST_MS = 500;

/** Resolves when its live stream plays. */
export async function startBystander({ url, key }: { url: string; key: string }): Promise<Bystander> {
  const child = fork(new URL('bystander-process.ts', import.meta.url), [url, key], { execArgv: [] });
  const exited = once(child, 'exit');
  const died = exited.then(([code]) => {
    throw new Error(`the other caller exited with ${code}`);
  });
  died.catch(() => undefined);
  await Promise.race([once(child, 'message'), died]);
  return {
    async report() {
      const reported = once(child, 'message');
      child.send('report');
      const [report] = (await Promise.race([reported, died])) as [BystanderReport];
      await exited;
      return report;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Checks that the other caller was served as if it were alone. Returns its figures. */
export function expectServed(checks: Checks, report: BystanderReport, slack: number): string {
  const { gapMs, answeredMs, firstByteMs, failures, ownDelayMs } = report;
  const [slowest, slowestFirst] = [quantile(answeredMs, 0.99), quantile(firstByteMs, 0.99)];
  checks.expect(gapMs <= LONGEST_GAP_MS * slack, `a live stream had a gap of ${gapMs.toFixed(0)} ms`);
  checks.expect(slowest <= SLOWEST_MS * slack, `one of 100 requests took ${slowest.toFixed(0)} ms`);
  checks.expect(answeredMs.length > 0 && firstByteMs.length > 0, 'the other caller was served nothing');
  for (const failure of new Set(failures)) {
    checks.expect(false, `${failures.filter((each) => each === failure).length} × ${failure}`);
  }
  return [
    `gap ${gapMs.toFixed(0)} ms`,
    `p99 of ${answeredMs.length} requests ${slowest.toFixed(0)} ms`,
    `of ${firstByteMs.length} first bytes ${slowestFirst.toFixed(0)} ms`,
    `own delay ${ownDelayMs.toFixed(0)} ms`,
  ].join(', ');
}
