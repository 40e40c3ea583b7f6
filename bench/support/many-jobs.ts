import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type JobSystem, startJobSystem } from '../../test/e2e/support/job-system.ts';
import { open } from '../../test/support/client.ts';
import { query } from '../../test/support/query.ts';
import { makeFilm } from './film.ts';
import { longMusic } from './long-music.ts';

export type ManyJobs = { readonly jobs: number; readonly say: (line: string) => void };

const PRIORITIES = [5, 1, 9, 5];
/** Time between two looks at the queue, ms. */
const PAUSE_MS = 500;
const LONGEST_GAP_MS = 300;
const LONGEST_P99_MS = 100;
const NO_LIMITS = { RATE_LIMIT_PER_CALLER: 1_000_000, RATE_LIMIT_PER_ADDRESS: 1_000_000 };
/** Longer than all jobs take. */
const MUSIC_MINUTES = 20;

/** Returns what went wrong. */
export async function runManyJobs({ jobs, say }: ManyJobs): Promise<string[]> {
  await using system = await startJobSystem({ ...NO_LIMITS, JOB_SLOTS: 2, JOB_NICENESS: 10 });
  const url = system.serve('film.mp4', await makeFilm({ seconds: 1, size: '160x90' }));
  const ids: string[] = [];
  for (let index = 0; index < jobs; index += 1) {
    const { id } = await system.submit({
      inputs: { a: url },
      priority: PRIORITIES[index % PRIORITIES.length],
      outputs: [{ name: 'film', format: 'mp4', quality: 'standard' }],
      cache: false,
    });
    ids.push(id);
  }
  const end = new AbortController();
  const [gapMs, answersMs] = await Promise.all([
    listen(system, end.signal),
    ask(system, ids, end.signal),
    system.startRunner().then(() => ended(system).finally(() => end.abort())),
  ]);
  const sorted = answersMs.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  say(`${answersMs.length} requests: p50 ${at(0.5).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms`);
  say(`the longest gap of the live stream was ${gapMs.toFixed(0)} ms`);
  const problems = await judge(system);
  if (at(0.99) > LONGEST_P99_MS) problems.push(`p99 of GET /api/jobs/{id} is ${at(0.99).toFixed(0)} ms`);
  if (gapMs > LONGEST_GAP_MS) problems.push(`the live stream had a gap of ${gapMs.toFixed(0)} ms`);
  return problems;
}

async function ended(system: JobSystem): Promise<void> {
  for (;;) {
    const [row] = await query(system.postgres.url, 'select count(*)::int as open from jobs where ended_at is null');
    if (row?.['open'] === 0) return;
    await delay(PAUSE_MS);
  }
}

/** Listens to a live stream; resolves with the longest time without audio after its first second, ms. */
async function listen(system: JobSystem, signal: AbortSignal): Promise<number> {
  const url = system.serve('music.mp3', await longMusic(MUSIC_MINUTES));
  const response = await open(system.host, '/transcode', {
    body: { source_url: url, output_format: 'opus', live: true, lead_seconds: 0.2 },
  });
  const begun = performance.now();
  let last = begun;
  let longest = 0;
  response.on('data', () => {
    const now = performance.now();
    if (now - begun > 1_000) longest = Math.max(longest, now - last);
    last = now;
  });
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  response.destroy();
  return longest;
}

/** Lets a hundred clients ask for the jobs; resolves with the time of each answer, ms. */
async function ask(system: JobSystem, ids: readonly string[], signal: AbortSignal): Promise<number[]> {
  const child = fork(new URL('asking-process.ts', import.meta.url), [system.url, ids.join()], { execArgv: [] });
  const answered = once(child, 'message') as Promise<[number[]]>;
  const died = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the clients ended with ${code}`)));
  died.catch(() => undefined);
  signal.addEventListener('abort', () => child.send('stop'), { once: true });
  const [times] = await Promise.race([answered, died]);
  return times;
}

async function judge(system: JobSystem): Promise<string[]> {
  const rows = await query(
    system.postgres.url,
    'select id, status, attempts, priority, started_at from jobs order by created_at, id',
  );
  const problems = rows
    .filter(({ status, attempts }) => status !== 'completed' || attempts !== 1)
    .map(({ id, status, attempts }) => `${id} is ${status} after ${attempts} attempts`);
  for (const priority of new Set(PRIORITIES)) {
    const starts = rows.filter((row) => row['priority'] === priority).map((row) => Number(row['started_at']));
    // Two slots take their jobs in order, but may write their starts in either order.
    const early = starts.filter((start, index) => start < (starts[index - 2] ?? 0));
    if (early.length > 0) problems.push(`${early.length} jobs of priority ${priority} started before older ones`);
  }
  return problems;
}
