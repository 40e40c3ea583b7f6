import { realpathSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { startLive } from '../test/support/live-stream.ts';
import { startDatabase } from './support/database.ts';
import { descendantsOf, isStatic, pssOf } from './support/memory.ts';
import { makeMusic } from './support/music.ts';
import { startHost, startSource } from './support/part.ts';

/**
 * `npm run bench:memory [-- --streams N] [-- --seconds N]`: memory (PSS) of the host and its ffmpeg processes while so
 * many fully adjustable live Opus streams play; PostgreSQL is there, and is not counted. The host uses FFMPEG_PATH, when
 * it is set, else the ffmpeg on PATH.
 */
const MEBIBYTE = 1 << 20;
/** For ten streams, MB (10⁶ bytes). */
const TARGETS = { dynamic: 340, static: 190 } as const;
const MEGABYTE = 1e6;

const { values } = parseArgs({
  options: { streams: { type: 'string', default: '10' }, seconds: { type: 'string', default: '20' } },
});
const count = Number(values.streams);
const ffmpeg = process.env['FFMPEG_PATH'] || findOnPath('ffmpeg', process.env['PATH'] ?? '');
if (ffmpeg === undefined) throw new Error('no ffmpeg on PATH');
const kind = isStatic(realpathSync(ffmpeg)) ? 'static' : 'dynamic';

await using music = await makeMusic(findOnPath('ffmpeg', '/usr/bin:/bin:/usr/local/bin') ?? ffmpeg);
await using source = await startSource(music.file);
await using database = await startDatabase();
await using host = await startHost(source.url, { FFMPEG_PATH: ffmpeg, DATABASE_URL: database.url });
const hostPid = host.child.pid ?? Number.NaN;
await (await fetch(`${host.url}/health`)).arrayBuffer();
const idle = pssOf(hostPid);

await using streams = new AsyncDisposableStack();
for (let index = 0; index < count; index += 1) {
  const fields = { source_url: source.url, output_format: 'opus', start_at: index };
  const stream = streams.use(await startLive(host, fields));
  // Each is changed once, so that what is adjustable is shown to be.
  await stream.patch({ speed: 1 + index / 50, volume: 0.9, eq_preset: 'bass_boost' });
}
await delay(Number(values.seconds) * 1_000);

const encoders = descendantsOf(hostPid);
const [hostPss, encodersPss] = [pssOf(hostPid), encoders.reduce((sum, pid) => sum + pssOf(pid), 0)];
const megabytes = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(1).padStart(7)} MB`;
console.log(
  `${count} live Opus streams, everything adjustable but pitch; ${ffmpeg} (${kind}), PSS after ${values.seconds} s`,
);
console.log(`host, idle           ${megabytes(idle)}`);
console.log(`host                 ${megabytes(hostPss)}`);
console.log(`${String(encoders.length).padEnd(3)}ffmpeg            ${megabytes(encodersPss)}`);
const total = (hostPss + encodersPss) / MEGABYTE;
const missed = count === 10 && total > TARGETS[kind];
console.log(`together             ${megabytes(total * MEGABYTE)}   ≤ ${TARGETS[kind]}${missed ? '   MISSED' : ''}`);
console.log(`(${((total * MEGABYTE) / MEBIBYTE).toFixed(1)} MiB)`);
process.exitCode = missed ? 1 : 0;
