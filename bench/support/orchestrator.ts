import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A play: a subprocess's output, or a response of the service. */
export type Play = { readonly command: readonly string[] } | { readonly url: string; readonly body: string };

export type Played = { readonly bytes: number; readonly cache_status: string | null };

/** A time and the seconds of a live stream that had arrived. The time is in seconds since an arbitrary moment. */
export type Arrivals = readonly (readonly [at: number, audioSeconds: number])[];

/** The small program that plays tracks either way, in a separate process. */
export type Orchestrator = AsyncDisposable & {
  readonly pid: number;
  /** Plays all in parallel at full speed. Writes the bytes of the first to the file `keep`. Rejects when one fails. */
  play(plays: readonly Play[], options?: { staggerMs?: number; keep?: string }): Promise<Played[]>;
  /** Plays live Ogg/Opus streams to their ends and returns the arrival times. Rejects when one fails. */
  listen(plays: readonly Play[], options: { gapMs: number; keep?: string }): Promise<Arrivals[]>;
};

const PROGRAM = fileURLToPath(new URL('orchestrator.py', import.meta.url));

export function startOrchestrator(): Orchestrator {
  const child = spawn('python3', [PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();

  async function ask<Outcome extends object>(command: object): Promise<Outcome[]> {
    child.stdin.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error('the orchestrator has exited');
    const outcomes = JSON.parse(value) as (Outcome & { readonly error: string | null })[];
    const errors = outcomes.map(({ error }) => error).filter((error) => error !== null);
    if (errors.length > 0) throw new Error(`${errors.length} of ${outcomes.length} plays failed: ${errors[0]}`);
    return outcomes;
  }

  return {
    pid: child.pid ?? Number.NaN,
    play: (plays, { staggerMs = 0, keep } = {}) => ask({ plays, stagger_ms: staggerMs, keep: keep ?? null }),
    listen: async (plays, { gapMs, keep }) => {
      const outcomes = await ask<{ arrivals: Arrivals }>({ listen: plays, gap_ms: gapMs, keep: keep ?? null });
      return outcomes.map(({ arrivals }) => arrivals);
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      // Otherwise it would finish a running command.
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
