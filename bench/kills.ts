import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { testClient } from '../test/client/support/client.ts';
import { startService } from '../test/client/support/service.ts';
import { serve, startHttpSource } from '../test/support/http-source.ts';
import { createMediaFolder, MUSIC_FILE } from '../test/support/media.ts';
import { quantile } from './support/statistics.ts';

/**
 * `npm run bench:kills [-- --kills N --tracks N]`: a playlist through the client, whose service is killed and started
 * again at random moments. Prints how long its reader waited for audio, and whether all of it is what an undisturbed
 * service gives.
 */
const { values } = parseArgs({
  options: { kills: { type: 'string', default: '100' }, tracks: { type: 'string', default: '20' } },
});
const kills = Number(values.kills);
const tracks = Number(values.tracks);
const TRACK_SECONDS = 30;
const BYTES_PER_SECOND = 48_000 * 4;
/** The reader takes so many seconds of audio in a second. */
const READING_SPEED = 4;
/** Longest times that a service lives, and stays away, ms. */
const LIVES_MS = 1_500;
const AWAY_MS = 800;

await using media = await createMediaFolder();
const music = await Promise.all(
  Array.from({ length: 4 }, (_, index) =>
    media.make(`${index}.mp3`, { file: MUSIC_FILE }, [
      '-ss',
      String(index * 7),
      '-t',
      String(TRACK_SECONDS),
      '-c:a',
      'libmp3lame',
    ]),
  ),
);
await using source = await startHttpSource((request, response) => {
  serve(music[Number(request.url?.slice(1)) % music.length] ?? Buffer.alloc(0))(request, response);
});
const items = Array.from({ length: tracks }, (_, index) => `${source.origin}/${index}`);
await using service = await startService({ SOURCE_ALLOWED_NETWORKS: source.network });
using client = testClient({ baseUrl: service.url });
const request = { output_format: 'pcm', live: false } as const;

console.log(`${tracks} tracks, ${kills} kills of the service`);
const whole = await read(Number.POSITIVE_INFINITY);
let isOver = false;
const disturbed = read(READING_SPEED).finally(() => {
  isOver = true;
});
let killed = 0;
for (; killed < kills && !isOver; killed += 1) {
  await delay(Math.random() * LIVES_MS);
  await service.kill();
  await delay(Math.random() * AWAY_MS);
  await service.start();
}
const { pieces, waits, legs } = await disturbed;

const same = pieces.equals(whole.pieces);
const sorted = waits.toSorted((one, other) => one - other);
const p = (share: number): string => `${quantile(sorted, share).toFixed(0)} ms`;
console.log(`killed ${killed} times, while ${(pieces.length / BYTES_PER_SECOND).toFixed(0)} s of audio were read`);
console.log(`legs: ${legs.service} of the service, ${legs.fallback} of the local ffmpeg`);
console.log(`waiting for audio: p50 ${p(0.5)}, p99 ${p(0.99)}, longest ${p(1)} (promised: 3 s)`);
console.log(same ? 'every sample is as it would have been' : 'SAMPLES DIFFER');
process.exitCode = same && quantile(sorted, 1) <= 3_000 ? 0 : 1;

/** All of the playlist, at so many times real time at the most. */
async function read(speed: number) {
  const stream = await client.playlist(items, request);
  const legs = { service: 0, fallback: 0 };
  stream.events.on('leg', ({ via }) => {
    legs[via] += 1;
  });
  const chunks: Buffer[] = [];
  const waits: number[] = [];
  const began = performance.now();
  let bytes = 0;
  let askedAt = performance.now();
  for await (const chunk of stream) {
    waits.push(performance.now() - askedAt);
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    const aheadMs = (bytes / BYTES_PER_SECOND / speed) * 1_000 - (performance.now() - began);
    if (aheadMs > 0) await delay(aheadMs);
    askedAt = performance.now();
  }
  return { pieces: Buffer.concat(chunks), waits, legs };
}
