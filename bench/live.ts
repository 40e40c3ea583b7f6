import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { secondsOf } from '../test/support/audio.ts';
import { type LiveStream, startLive } from '../test/support/live-stream.ts';
import { createMediaFolder } from '../test/support/media.ts';
import { kinkOf, lineOf, sweep } from '../test/support/sweep.ts';
import { startDatabase } from './support/database.ts';
import { startHost, startSource } from './support/part.ts';
import { median, quantile } from './support/statistics.ts';

/**
 * `npm run bench:live [-- --streams N] [-- --changes N]`: how much audio live streams give in ten seconds behind their
 * lead, at several speeds, so many at once; and how long after a PATCH is sent the first sample at another speed leaves
 * the host. The host uses FFMPEG_PATH, when it is set, else the ffmpeg on PATH.
 */
const TARGETS = { pacingSeconds: 0.3, changeMs: 300 } as const;
const PACED_SECONDS = 10;
const LEAD_SECONDS = 2;
const FRAME_BYTES = 4;
const RATE = 48_000;

const { values } = parseArgs({
  options: { streams: { type: 'string', default: '10' }, changes: { type: 'string', default: '20' } },
});
const ffmpeg = process.env['FFMPEG_PATH'] || findOnPath('ffmpeg', process.env['PATH'] ?? '');
if (ffmpeg === undefined) throw new Error('no ffmpeg on PATH');

await using media = await createMediaFolder();
await media.make('sweep.flac', sweep(200));
await using source = await startSource(`${media.directory}/sweep.flac`);
await using database = await startDatabase();
await using host = await startHost(source.url, { FFMPEG_PATH: ffmpeg, DATABASE_URL: database.url });
const open = (speed: number): Promise<LiveStream> => startLive(host, { source_url: source.url, filters: { speed } });

/** Seconds of audio that each of some streams gives in PACED_SECONDS, once its lead is there. */
async function paces(speeds: readonly number[]): Promise<number[]> {
  await using streams = new AsyncDisposableStack();
  const all = await Promise.all(speeds.map(async (speed) => streams.use(await open(speed))));
  await delay(LEAD_SECONDS * 1_000);
  const startedAt = performance.now();
  const before = all.map((stream) => stream.bytes());
  await delay(PACED_SECONDS * 1_000);
  const elapsed = (performance.now() - startedAt) / 1_000;
  return all.map(
    (stream, index) => ((stream.bytes() - (before[index] ?? 0)) / FRAME_BYTES / RATE / elapsed) * PACED_SECONDS,
  );
}

/** Milliseconds from sending a change of speed to the arrival of the first sample at the new one, and to the answer. */
async function changeMs(
  stream: LiveStream,
  [from, to]: readonly [number, number],
): Promise<{ heard: number; answered: number; offMs: number }> {
  const answer = await stream.patch({ speed: to });
  if (answer.status !== 200) throw new Error(answer.body.toString('utf8'));
  const told = answer.json().applied_at_sample / RATE;
  await delay(900);
  const sound = stream.sound();
  const kink = kinkOf(
    lineOf(sound, told - 0.6, told - 0.1),
    lineOf(sound, told + 0.15, Math.min(told + 0.75, secondsOf(sound))),
  );
  if (!(Math.abs(kink - told) < 0.5)) throw new Error(`no change from ${from} to ${to} near ${told} s`);
  return {
    heard: stream.arrival(Math.ceil(kink * RATE) * FRAME_BYTES) - answer.sentAt,
    answered: answer.answeredAt - answer.sentAt,
    offMs: (kink - told) * 1_000,
  };
}

let missed = false;
const count = Number(values.streams);
console.log(`seconds of audio in ${PACED_SECONDS} s, behind a lead of ${LEAD_SECONDS} s (PCM; ${ffmpeg})`);
for (const [label, speeds] of [
  ...[0.5, 1, 2].map((speed) => [`alone, speed ${speed}`, [speed]] as const),
  [`${count} at once`, Array.from({ length: count }, (_, index) => [0.5, 1, 2][index % 3] ?? 1)] as const,
] as const) {
  const seconds = await paces(speeds);
  const worst = Math.max(...seconds.map((value) => Math.abs(value - PACED_SECONDS)));
  missed ||= worst > TARGETS.pacingSeconds;
  console.log(
    `${label.padEnd(18)} ${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)}   ± ${TARGETS.pacingSeconds}${worst > TARGETS.pacingSeconds ? '   MISSED' : ''}`,
  );
}

const changes: Awaited<ReturnType<typeof changeMs>>[] = [];
{
  await using stream = await open(1);
  await delay(1_000);
  let from = 1;
  for (let index = 0; index < Number(values.changes); index += 1) {
    const to = [1.5, 1, 0.75][index % 3] ?? 1;
    changes.push(await changeMs(stream, [from, to]));
    from = to;
  }
}
const heard = changes.map((change) => change.heard);
missed ||= quantile(heard, 0.99) > TARGETS.changeMs;
console.log(`\nms from sending a change of speed, ${changes.length} changes       p50      p99`);
for (const [label, samples] of [
  ['the first sample at the new speed leaves', heard],
  ['the answer is there', changes.map(({ answered }) => answered)],
  ['applied_at_sample is off by', changes.map(({ offMs }) => Math.abs(offMs))],
] as const) {
  console.log(
    `${label.padEnd(45)} ${median(samples).toFixed(0).padStart(6)}   ${quantile(samples, 0.99).toFixed(0).padStart(6)}`,
  );
}
console.log(`target ≤ ${TARGETS.changeMs}${missed ? '   MISSED' : ''}`);
process.exitCode = missed ? 1 : 0;
