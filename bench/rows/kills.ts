import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../../client/client.ts';
import type { PlaylistItem } from '../../client/playlist.ts';
import { testClient } from '../../test/client/support/client.ts';
import { startService } from '../../test/client/support/service.ts';
import { startSource } from '../support/part.ts';
import { defineRow } from '../support/row.ts';

/** Kills per track, so that the playlist is long enough for all kills. */
const KILLS_A_TRACK = 5;
const TRACK_SECONDS = 36;
const BYTES_PER_SECOND = 48_000 * 4;
/** Seconds of audio that the reader reads per second. */
const READING_SPEED = 2;
/** Time until the client notices a service that is up again: within a second, plus a margin, ms. */
const NOTICED_MS = 1_200;
/** Longest times that a service stays up, and stays down, ms. */
const LIVES_MS = 1_500;
const AWAY_MS = 800;

/** Plays a playlist through the client while the service is killed and restarted at random times. A round is a kill. */
export const KILLS = defineRow({
  name: 'kills',
  title: 'longest wait for audio of a playlist whose service is killed repeatedly, without a lost sample',
  specification: '≤ 3 s',
  rounds: 100,
  isExtra: true,
  lines: { wait: { unit: 'ms', at: 'largest', target: { of: 'ours', relation: '≤', value: 3_000 } } },
  async measure({ rounds, music }) {
    await using source = await startSource(...(await music.tracks(4)));
    await using service = await startService({ SOURCE_ALLOWED_NETWORKS: `127.0.0.1/32:${new URL(source.url).port}` });
    using client = testClient({ baseUrl: service.url });
    const items = Array.from({ length: Math.ceil(rounds / KILLS_A_TRACK) }, (_, index) => ({
      source_url: `${source.url}${index % 4}`,
      duration: TRACK_SECONDS,
    }));
    const whole = await read(client, items, Number.POSITIVE_INFINITY);
    let isOver = false;
    const disturbed = read(client, items, READING_SPEED).finally(() => {
      isOver = true;
    });
    let killed = 0;
    let usedAgain = 0;
    for (; killed < rounds && !isOver; killed += 1) {
      await delay(Math.random() * LIVES_MS);
      await service.kill();
      await delay(Math.random() * AWAY_MS);
      await service.start();
      await delay(NOTICED_MS);
      if ((await viaOf(client, `${source.url}0`)) === 'service') usedAgain += 1;
    }
    if (usedAgain < killed) throw new Error(`after ${killed} restarts, the service was used again ${usedAgain} times`);
    const { audio, waits, legs } = await disturbed;
    if (!audio.equals(whole.audio)) throw new Error('the samples differ from those of a service that is not killed');
    const heard = `${(audio.length / BYTES_PER_SECOND).toFixed(0)} s of audio`;
    return {
      samples: { wait: { ours: waits } },
      notes: [
        `killed ${killed} times in ${heard}, and used again each time; ${legs.service} legs of the service, ${legs.fallback} of the fallback`,
      ],
    };
  },
});

/** Returns the source of the next stream. */
async function viaOf(client: Client, source_url: string): Promise<string> {
  const next = await client.transcode({ source_url, output_format: 'opus', duration: 1 });
  next.destroy();
  return next.via;
}

/** Reads the whole playlist, at most at `speed` times real time. `waits` are in ms, one for each chunk. */
async function read(client: Client, items: readonly PlaylistItem[], speed: number) {
  const stream = await client.playlist(items, { output_format: 'pcm', live: false });
  const legs = { service: 0, fallback: 0 };
  stream.events.on('leg', ({ via }) => {
    legs[via] += 1;
  });
  const chunks: Buffer[] = [];
  const waits: number[] = [];
  const began = performance.now();
  let bytes = 0;
  let askedAt = began;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    waits.push(performance.now() - askedAt);
    chunks.push(chunk);
    bytes += chunk.length;
    const aheadMs = (bytes / BYTES_PER_SECOND / speed) * 1_000 - (performance.now() - began);
    if (aheadMs > 0) await delay(aheadMs);
    askedAt = performance.now();
  }
  return { audio: Buffer.concat(chunks), waits, legs };
}
