import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { parseArgs } from 'node:util';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { makeMusic } from './support/music.ts';
import { startHost, startSource } from './support/part.ts';
import { median, quantile } from './support/statistics.ts';

/**
 * `npm run bench:first-byte [-- --rounds N]`: milliseconds from the request to the first 4 KiB of the answer, beside
 * the distribution's ffmpeg run by hand with default options on the same HTTP source, in turn, in one run. The host
 * uses FFMPEG_PATH, when it is set, else the same binary.
 */
const WANTED_BYTES = 4_096;

type Format = 'opus' | 'aac' | 'pcm';

/** What a person would type, and the ratios to beat: with the same binary, and with a static audio build. */
const FORMATS: Readonly<
  Record<Format, { readonly bare: readonly string[]; readonly same: number; readonly static: number }>
> = {
  opus: { bare: ['-c:a', 'libopus', '-b:a', '96k', '-f', 'ogg'], same: 0.95, static: 0.25 },
  aac: { bare: ['-c:a', 'aac', '-b:a', '128k', '-f', 'adts'], same: 1.15, static: 0.4 },
  pcm: { bare: ['-c:a', 'pcm_s16le', '-f', 's16le'], same: 1.15, static: 0.25 },
};

async function bareMs(ffmpeg: string, sourceUrl: string, args: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(ffmpeg, ['-i', sourceUrl, '-ar', '48000', '-ac', '2', ...args, 'pipe:1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ms = await untilWanted(child.stdout, startedAt);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return ms;
}

async function serviceMs(url: string, sourceUrl: string, format: Format): Promise<number> {
  const startedAt = performance.now();
  const asked = request(`${url}/transcode`, { method: 'POST', headers: { 'content-type': 'application/json' } });
  asked.end(JSON.stringify({ source_url: sourceUrl, output_format: format }));
  const [answer] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
  if (answer.statusCode !== 200) throw new Error(`the service answered ${answer.statusCode}`);
  const ms = await untilWanted(answer, startedAt);
  answer.destroy();
  return ms;
}

async function untilWanted(stream: NodeJS.ReadableStream, startedAt: number): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes >= WANTED_BYTES) return performance.now() - startedAt;
  }
  throw new Error('the stream ended before 4 KiB');
}

/** Waits until the host has freed the stream that was broken off, so that no run disturbs the next. */
async function settled(url: string): Promise<void> {
  for (;;) {
    const health = (await (await fetch(`${url}/health`)).json()) as { active_streams: number };
    if (health.active_streams === 0) return;
  }
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '30' } } });
const rounds = Number(values.rounds);
const bare = findOnPath('ffmpeg', '/usr/bin:/bin:/usr/local/bin');
if (bare === undefined) throw new Error('the baseline needs the distribution’s ffmpeg: apt-get install ffmpeg');
const ours = process.env['FFMPEG_PATH'] || bare;
const target = ours === bare ? 'same' : 'static';

await using music = await makeMusic(bare);
await using source = await startSource(music.file);
await using host = await startHost(source.url, { FFMPEG_PATH: ours });

console.log(`first 4 KiB, ms · ${rounds} rounds in turn · bare: ${bare}, default options · service: ${ours}\n`);
console.log('format   bare p50   service p50   service p95   ratio   target');
let missed = 0;
for (const format of Object.keys(FORMATS) as Format[]) {
  const samples = { bare: [] as number[], service: [] as number[] };
  for (let round = -2; round < rounds; round += 1) {
    const bareSample = await bareMs(bare, source.url, FORMATS[format].bare);
    const serviceSample = await serviceMs(host.url, source.url, format);
    await settled(host.url);
    // The first two rounds warm caches on both sides.
    if (round < 0) continue;
    samples.bare.push(bareSample);
    samples.service.push(serviceSample);
  }
  const ratio = median(samples.service) / median(samples.bare);
  const limit = FORMATS[format][target];
  if (ratio > limit) missed += 1;
  const cells = [median(samples.bare), median(samples.service), quantile(samples.service, 0.95)].map((ms) =>
    ms.toFixed(1),
  );
  console.log(
    `${format.padEnd(6)} ${cells[0]?.padStart(10)} ${cells[1]?.padStart(13)} ${cells[2]?.padStart(13)}   ${ratio.toFixed(3)}   ≤ ${limit}${ratio > limit ? '   MISSED' : ''}`,
  );
}
process.exitCode = missed === 0 ? 0 : 1;
