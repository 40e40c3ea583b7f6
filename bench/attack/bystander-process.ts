import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { call, open, readAll } from '../../test/support/client.ts';
import { serve, startHttpSource } from '../../test/support/http-source.ts';
import { longMusic } from '../support/long-music.ts';
import type { BystanderReport } from './bystander.ts';

/**
 * A caller that does nothing unusual: `bystander-process.ts URL KEY`. Listens to a live stream, asks for its transcodes, and
 * starts a short transcode every second. Sends its report when it is told to stop.
 */
const MUSIC_MINUTES = 20;
const ASK_EVERY_MS = 100;
const TRANSCODE_EVERY_MS = 1_000;
/** The interval at which this process checks that it runs itself. */
const TICK_MS = 20;

const [url = '', key = ''] = process.argv.slice(2);
const headers = { 'x-api-key': key };
const service = { url };
const stopped = new AbortController();
const { signal } = stopped;

const source = await startHttpSource(serve(await longMusic(MUSIC_MINUTES), { headers: { etag: '"music"' } }));
let turn = 0;
const fresh = (): string => `${source.origin}/?${turn++}`;
const failures: string[] = [];

/** The time for which this process did not run. It stands for another machine, so this is not the service's fault. */
let stalledMs = 0;
let longestStallMs = 0;
let ranAt = performance.now();
function run(): void {
  const stall = Math.max(0, performance.now() - ranAt - TICK_MS);
  ranAt = performance.now();
  stalledMs += stall;
  longestStallMs = Math.max(longestStallMs, stall);
}

/** Returns the time since now, ms, without what this process did not run. */
function stopwatch(): () => number {
  run();
  const [startedAt, stalledBefore] = [performance.now(), stalledMs];
  return () => {
    run();
    return performance.now() - startedAt - (stalledMs - stalledBefore);
  };
}

let gapMs = 0;
let sinceAudio = stopwatch();
function hear(): void {
  gapMs = Math.max(gapMs, sinceAudio());
  sinceAudio = stopwatch();
}

async function listen(stream: IncomingMessage): Promise<void> {
  sinceAudio = stopwatch();
  stream.on('data', hear);
  signal.addEventListener('abort', () => stream.destroy());
  await once(stream, 'close').catch(() => undefined);
  if (!signal.aborted) failures.push('the live stream ended');
}

/** Repeats a task at this interval, until the end. */
async function every(intervalMs: number, task: () => Promise<void>): Promise<void> {
  const running = new Set<Promise<void>>();
  while (!signal.aborted) {
    const one = task().catch((error: Error) => void (signal.aborted || failures.push(error.message)));
    running.add(one);
    void one.finally(() => running.delete(one));
    await delay(intervalMs, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(running);
}

const answeredMs: number[] = [];
const paths = ['/transcodes?limit=5', '/health'];
async function ask(): Promise<void> {
  const elapsed = stopwatch();
  const { status } = await call(service, paths[answeredMs.length % paths.length] ?? '', { headers });
  answeredMs.push(elapsed());
  if (status !== 200) failures.push(`a request got ${status}`);
}

const firstByteMs: number[] = [];
async function transcode(): Promise<void> {
  const elapsed = stopwatch();
  const body = { source_url: fresh(), output_format: 'opus', duration: 2 };
  const response = await open(service, '/transcode', { body, headers });
  response.once('data', () => firstByteMs.push(elapsed()));
  const { status, body: audio, complete } = await readAll(response);
  if (status !== 200) failures.push(`a transcode got ${status} ${JSON.parse(`${audio}`).code}`);
  else if (!complete) failures.push('a transcode was cut');
}

const body = { source_url: fresh(), output_format: 'pcm', live: true };
const live = await open(service, '/transcode', { body, headers });
if (live.statusCode !== 200) throw new Error(`there is no live stream: ${(await readAll(live)).body}`);
await once(live, 'data');
const ticking = setInterval(run, TICK_MS);
const work = Promise.all([listen(live), every(ASK_EVERY_MS, ask), every(TRANSCODE_EVERY_MS, transcode)]);
process.once('disconnect', () => process.exit());
process.once('message', async () => {
  stopped.abort();
  await work;
  clearInterval(ticking);
  await source[Symbol.asyncDispose]();
  const report: BystanderReport = {
    gapMs,
    answeredMs,
    firstByteMs,
    failures,
    ownDelayMs: longestStallMs,
  };
  process.send?.(report, () => process.disconnect());
});
process.send?.('ready');
