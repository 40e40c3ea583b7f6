import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type JobSystem, type Runner, startJobSystem } from '../../test/e2e/support/job-system.ts';
import { eventually } from '../../test/support/eventually.ts';
import { gone } from '../../test/support/leaks.ts';
import { query } from '../../test/support/query.ts';
import { caseSeed } from '../fuzz/seeded.ts';
import { makeFilm } from './film.ts';

export type RunnerKills = {
  readonly kills: number;
  readonly jobs: number;
  readonly seed: number;
  readonly say: (line: string) => void;
};

const MACHINES = ['one', 'two'] as const;
/** A runner lives for at most this long before it is killed, and is away for at most this long, ms. */
const LIVES_MS = 4_000;
const AWAY_MS = 800;
/** A job whose runner died this often is spared: one more death would end it. */
const MOST_LOST = 3;
/** Longest time until all jobs have completed, after the last kill. */
const REST_MS = 300_000;
const FILM = { seconds: 8, size: '320x180' };

/** Returns what went wrong. */
export async function killRunners({ kills, jobs, seed, say }: RunnerKills): Promise<string[]> {
  let drawn = 0;
  const below = (limit: number): number => {
    drawn += 1;
    return caseSeed(seed, drawn) % limit;
  };
  await using system = await startJobSystem({ JOB_SLOTS: 2 });
  const url = system.serve('film.mp4', await makeFilm(FILM));
  const runners = new Map<string, Runner>();
  for (const machine of MACHINES) runners.set(machine, await system.startRunner({ machine }));
  const ids: string[] = [];
  for (let index = 0; index < jobs; index += 1) {
    const { id } = await system.submit({
      inputs: { a: url },
      steps: [{ op: 'concat', inputs: ['a', 'a'] }],
      outputs: [{ name: 'film', format: 'mp4', quality: 'standard' }],
      cache: false,
    });
    ids.push(id);
  }
  const problems: string[] = [];
  const watching = watchProgress(system, ids, problems);
  for (let count = 0; count < kills; count += 1) {
    await delay(below(LIVES_MS));
    const machine = MACHINES[below(MACHINES.length)] ?? 'one';
    if (await isSpared(system, machine, runners)) continue;
    const runner = runners.get(machine);
    runner?.kill();
    if (runner !== undefined) await gone([runner.pid], 5_000);
    await delay(below(AWAY_MS));
    runners.set(machine, await system.startRunner({ machine }));
    say(`kill ${count + 1} of ${kills}: the runner of machine ${machine}`);
  }
  await eventually(
    async () => {
      const open = await query(system.postgres.url, 'select id from jobs where ended_at is null');
      if (open.length > 0) throw new Error(`${open.length} jobs have not ended`);
    },
    { withinMs: REST_MS },
  ).catch((error: Error) => problems.push(error.message));
  watching.abort();
  problems.push(...(await judge(system, ids, runners)));
  const lost = await query(
    system.postgres.url,
    'select sum(lost)::int as lost, sum(attempts)::int as attempts from jobs',
  );
  say(`${jobs} jobs, ${lost[0]?.['attempts']} attempts, ${lost[0]?.['lost']} of them lost`);
  return problems;
}

/** Whether this machine runs a job that has lost its runner so often that one more loss would end it. */
async function isSpared(system: JobSystem, machine: string, runners: ReadonlyMap<string, Runner>): Promise<boolean> {
  const name = `%-${runners.get(machine)?.pid}`;
  const rows = await query(
    system.postgres.url,
    `select from jobs join instances on instances.id = jobs.instance_id
     where status = 'processing' and lost >= ${MOST_LOST} and name like '${name}'`,
  );
  return rows.length > 0;
}

/** Reports progress that falls. */
function watchProgress(system: JobSystem, ids: readonly string[], problems: string[]): AbortController {
  const end = new AbortController();
  const highest = new Map<string, number>();
  async function watch(): Promise<void> {
    while (!end.signal.aborted) {
      for (const id of ids) {
        const { progress } = await system.get(id);
        const before = highest.get(id) ?? 0;
        if (progress !== null && progress < before)
          problems.push(`progress of ${id} fell from ${before} to ${progress}`);
        highest.set(id, Math.max(before, progress ?? 0));
      }
      await delay(250, undefined, { signal: end.signal }).catch(() => undefined);
    }
  }
  void watch().catch((error: Error) => end.signal.aborted || problems.push(`a job cannot be read: ${error.message}`));
  return end;
}

async function judge(
  system: JobSystem,
  ids: readonly string[],
  runners: ReadonlyMap<string, Runner>,
): Promise<string[]> {
  const problems: string[] = [];
  const keys = new Set<string>();
  for (const id of ids) {
    const [row] = await query(system.postgres.url, `select status, error, result from jobs where id = '${id}'`);
    if (row?.['status'] !== 'completed')
      problems.push(`${id} is ${row?.['status']}: ${JSON.stringify(row?.['error'])}`);
    const { outputs = [] } = (row?.['result'] ?? {}) as { outputs?: { key: string }[] };
    for (const { key } of outputs) keys.add(key);
    const ends = await query(
      system.postgres.url,
      `select from events where subject = '${id}' and type = 'status' and data ->> 'status' = 'completed'`,
    );
    if (ends.length !== 1) problems.push(`${id} has ${ends.length} events of its completion`);
  }
  await eventually(async () => requireTidy(system, keys, runners), { withinMs: 120_000 }).catch((error: Error) =>
    problems.push(error.message),
  );
  return problems;
}

/** Throws unless the bucket holds exactly the results, and no scratch folder is left. */
async function requireTidy(
  { s3 }: JobSystem,
  keys: ReadonlySet<string>,
  runners: ReadonlyMap<string, Runner>,
): Promise<void> {
  const folders = [...runners.values()].flatMap(({ spoolDirectory }) => readdirSync(spoolDirectory));
  if (folders.length > 0) throw new Error(`scratch folders are left: ${folders.join(', ')}`);
  const stored = await s3.keys('own');
  const surplus = stored.filter((key) => !keys.has(key));
  const missing = [...keys].filter((key) => !stored.includes(key));
  if (surplus.length + missing.length === 0) return;
  throw new Error(`the bucket has ${surplus.length} objects too many, and ${missing.length} too few`);
}
