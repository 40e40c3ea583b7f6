import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { requestsPerSecond } from './support/load.ts';
import { makeMusic } from './support/music.ts';
import { startHost, startPart, startSource } from './support/part.ts';
import { median, quantile } from './support/statistics.ts';

/**
 * `npm run bench:health [-- --seconds N]`: how long `/health` and `/metrics` take while 20 streams run, and how many
 * requests a second `/health` answers beside a bare Node http server that gives the same answer, in turn, in one run.
 */
const STREAMS = 20;
const CONNECTIONS = 8;
const TARGET_RATIO = 0.5;

async function get(agent: Agent, url: string): Promise<void> {
  const asked = request(url, { agent }).end();
  const [answer] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`);
}

/** Headers and body of an answer, for a server that gives the very same; Node adds the connection's own to both. */
async function answerOf(url: string): Promise<[headers: string, body: string]> {
  const answer = await fetch(url);
  const {
    date: _date,
    connection: _connection,
    'keep-alive': _keepAlive,
    ...headers
  } = Object.fromEntries(answer.headers);
  return [JSON.stringify(headers), await answer.text()];
}

async function latencies(url: string, count: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const samples: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now();
    await get(agent, url);
    samples.push(performance.now() - startedAt);
  }
  agent.destroy();
  return samples;
}

/** Streams that are read as fast as they come, again and again until they are stopped. */
function keepStreaming(url: string, sourceUrl: string, signal: AbortSignal): Promise<unknown> {
  const once = async () => {
    while (!signal.aborted) {
      const body = JSON.stringify({ source_url: sourceUrl, output_format: 'opus' });
      const answer = await fetch(`${url}/transcode`, { method: 'POST', body, signal });
      for await (const _chunk of answer.body ?? []);
    }
  };
  return Promise.allSettled(Array.from({ length: STREAMS }, once));
}

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '2' } } });
const load = { connections: CONNECTIONS, seconds: Number(values.seconds) };
const ffmpeg = process.env['FFMPEG_PATH'] || findOnPath('ffmpeg', process.env['PATH'] ?? '');
if (ffmpeg === undefined) throw new Error('no ffmpeg on PATH');

await using music = await makeMusic(findOnPath('ffmpeg', '/usr/bin:/bin:/usr/local/bin') ?? ffmpeg);
await using source = await startSource(music.file);
await using host = await startHost(source.url, { FFMPEG_PATH: ffmpeg });
const answer = await answerOf(`${host.url}/health`);
await using bare = await startPart({ file: new URL('support/bare-server.ts', import.meta.url), args: answer });

console.log(`requests a second, ${CONNECTIONS} connections, ${load.seconds} s each, in turn`);
const rates = { bare: [] as number[], health: [] as number[] };
// The first two rounds warm both up: a server is at its speed after some ten thousand requests.
for (let round = -2; round < 5; round += 1) {
  const bareRate = await requestsPerSecond(bare.url, load);
  const healthRate = await requestsPerSecond(`${host.url}/health`, load);
  if (round < 0) continue;
  rates.bare.push(bareRate);
  rates.health.push(healthRate);
}
const ratio = median(rates.health) / median(rates.bare);
console.log(`bare Node http   ${median(rates.bare).toFixed(0)}`);
console.log(`/health          ${median(rates.health).toFixed(0)}`);
console.log(`ratio            ${ratio.toFixed(2)}   ≥ ${TARGET_RATIO}${ratio < TARGET_RATIO ? '   MISSED' : ''}\n`);

const stop = new AbortController();
const streaming = keepStreaming(host.url, source.url, stop.signal);
console.log(`ms while ${STREAMS} streams run`);
console.log('              p50      p95');
for (const path of ['/health', '/metrics']) {
  const samples = await latencies(`${host.url}${path}`, 200);
  console.log(
    `${path.padEnd(10)} ${median(samples).toFixed(1).padStart(6)}   ${quantile(samples, 0.95).toFixed(1).padStart(6)}`,
  );
}
stop.abort();
await streaming;
process.exitCode = ratio < TARGET_RATIO ? 1 : 0;
