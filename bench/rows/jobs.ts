import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type JobSystem, startJobSystem } from '../../test/e2e/support/job-system.ts';
import { FFMPEG } from '../../test/support/ffmpeg.ts';
import { type Jobs, openJobs, submit, takeOne } from '../../test/support/jobs.ts';
import { startPostgres } from '../../test/support/postgres.ts';
import { fillQueue } from '../../test/support/waiting-jobs.ts';
import { makeFilm } from '../support/film.ts';
import { joinedMinutes } from '../support/joined-minutes.ts';
import { inTurn } from '../support/rounds.ts';
import { defineRow } from '../support/row.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

const LONG = { seconds: 60, size: '1920x1080' };
/** Inputs of a preview, each 30 seconds long. */
const PREVIEWED = { inputs: 5, seconds: 30, size: '1280x720' };
const PREVIEWS = 20;
const SHORT = { seconds: 1, size: '160x90' };
/** Short jobs for the time until a job starts. */
const STARTS = 30;
/** Jobs that are submitted, read and started while others wait. */
const HANDLED = 40;
/** What does not grow differs by chance. */
const FLAT = 1.5;

/**
 * A job that encodes one minute, compared with the same ffmpeg commands alone on the same file; and the time until an idle
 * runner has started a job.
 */
export const JOBS = defineRow({
  name: 'jobs',
  title:
    'a video job of one minute in 1080p, compared with its ffmpeg alone; ten minutes joined by copy; the wait for an idle runner; a preview',
  specification: '–',
  rounds: 3,
  isExtra: true,
  lines: {
    'request to result': { unit: 's', at: 'p50', target: { of: 'ratio', relation: '≤', value: 1.05 } },
    'request to start': { unit: 'ms', at: 'p50', target: { of: 'ours', relation: '≤', value: 200 } },
    'ten minutes joined by copy': { unit: 's', at: 'p50', target: { of: 'ratio', relation: '≤', value: 0.05 } },
    'preview of five inputs': { unit: 's', at: 'p50', target: { of: 'ours', relation: '≤', value: 1.5 } },
    // Compared with 10 waiting jobs.
    '1,000 waiting jobs': { unit: 'ms', at: 'p50', target: { of: 'ratio', relation: '≤', value: FLAT } },
    '100,000 waiting jobs': { unit: 'ms', at: 'p50', target: { of: 'ratio', relation: '≤', value: FLAT } },
  },
  async measure({ rounds }) {
    // Both run at the same priority.
    await using system = await startJobSystem({ JOB_NICENESS: 0, JOB_SLOTS: 1 });
    const runner = await system.startRunner();
    using folder = temporaryFolder();
    const film = await makeFilm(LONG);
    mkdirSync(join(folder.path, 'inputs'));
    writeFileSync(join(folder.path, 'inputs', 'a'), film);
    const url = system.serve('long.mp4', film);
    // The first job finds the programs.
    const first = await runJob(system, url);
    const commands = await commandsOf(system, first.id);
    const turns = await inTurn({
      rounds,
      baseline: () => seconds(() => runAlone(commands, folder.path)),
      ours: () => seconds(() => runJob(system, url)),
    });
    return {
      samples: {
        'request to result': turns,
        'request to start': { ours: await startTimes(system) },
        // Processor time, compared with that of encoding the same.
        'ten minutes joined by copy': await joinedMinutes(system, runner),
        'preview of five inputs': { ours: await previewTimes(system) },
        ...(await growth()),
      },
      notes: [`${commands.length} ffmpeg commands.`],
    };
  },
});

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

async function runJob(system: JobSystem, url: string) {
  const output = { name: 'film', format: 'mp4', quality: 'standard' };
  const { id } = await system.submit({ inputs: { a: url }, output, cache: false });
  return await system.waitFor(id, 'completed', 600_000);
}

/** Returns the commands of a job, as a shell needs them. */
async function commandsOf(system: JobSystem, id: string): Promise<string[]> {
  const text = await (await system.call(`/api/jobs/${id}/logs?part=command`)).text();
  return text.split('\n').filter((line) => line.startsWith('ffmpeg '));
}

/** Runs the commands in a folder like that of an attempt. */
async function runAlone(commands: readonly string[], folder: string): Promise<void> {
  mkdirSync(join(folder, 'outputs'), { recursive: true });
  for (const command of commands) {
    const script = command.replace(/^ffmpeg /, '"$0" -nostdin -v error -y ');
    await run('sh', ['-c', script, FFMPEG], { cwd: folder });
  }
}

/** Returns the times from the request to the start of short jobs, one after another, ms. */
async function startTimes(system: JobSystem): Promise<number[]> {
  const url = system.serve('short.mp4', await makeFilm(SHORT));
  const times: number[] = [];
  for (let count = 0; count < STARTS; count += 1) {
    const { id } = await runJob(system, url);
    const { created_at, started_at } = await system.get(id);
    times.push(Date.parse(started_at ?? '') - Date.parse(created_at));
  }
  return times;
}

/** Returns the times of previews at different places of five films in 720p, one after another, s. */
async function previewTimes(system: JobSystem): Promise<number[]> {
  const film = await makeFilm(PREVIEWED);
  const names = Array.from({ length: PREVIEWED.inputs }, (_, index) => `preview${index}`);
  const inputs = Object.fromEntries(names.map((name) => [name, system.serve(`${name}.mp4`, film)]));
  const times: number[] = [];
  for (let count = 0; count < PREVIEWS; count += 1) {
    const at = ((count + 0.5) / PREVIEWS) * PREVIEWED.inputs * PREVIEWED.seconds;
    times.push(
      await seconds(async () => {
        const body = { inputs, steps: [{ op: 'concat', inputs: names }], output: { format: 'mp4' }, at };
        const response = await system.call('/api/jobs/preview', { method: 'POST', body });
        const png = await response.arrayBuffer();
        if (response.status !== 200) throw new Error(`the preview failed: ${Buffer.from(png)}`);
      }),
    );
  }
  return times;
}

/** Returns the times to submit, read and start a job while 10, 1,000 and 100,000 others wait, ms. */
async function growth() {
  await using cleanUp = new AsyncDisposableStack();
  const postgres = cleanUp.use(await startPostgres());
  const jobs = openJobs({ after: (close) => void cleanUp.defer(close) }, postgres.url);
  await jobs.queue.ready();
  const times: number[][] = [];
  for (const waiting of [10, 1_000, 100_000]) {
    await fillQueue(postgres.url, waiting);
    times.push(await handlingTimes(jobs));
  }
  const [baseline = [], few = [], many = []] = times;
  return { '1,000 waiting jobs': { baseline, ours: few }, '100,000 waiting jobs': { baseline, ours: many } };
}

async function handlingTimes(jobs: Jobs): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < HANDLED; count += 1) {
    const startedAt = performance.now();
    await jobs.rows.find(await submit(jobs, { owner: 'o7' }));
    await jobs.rows.claim(await takeOne(jobs), jobs.instance);
    times.push(performance.now() - startedAt);
  }
  return times;
}
