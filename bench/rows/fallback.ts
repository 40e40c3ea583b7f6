import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { AudioStream } from '../../client/audio-stream.ts';
import { testClient } from '../../test/client/support/client.ts';
import { subprocessMs } from '../support/first-bytes.ts';
import { startHost, startSource } from '../support/part.ts';
import { oldWay, PLAIN } from '../support/plays.ts';
import { inTurn } from '../support/rounds.ts';
import { defineRow } from '../support/row.ts';

/** Ways in which the host breaks: it is killed, it shuts down, or it freezes. */
const BREAKS = { killed: 'SIGKILL', stopped: 'SIGTERM', frozen: 'SIGSTOP' } as const;
type Break = keyof typeof BREAKS;
/** Rounds with a frozen host, as a share of the other rounds, because each takes seconds. */
const FROZEN_SHARE = 0.1;
/** Shortest and longest time that a stream has played when its host breaks, ms. */
const PLAYED_MS = [200, 1_200] as const;
const FRAME_BYTES = 4;
const RATE = 48_000;
/** Length of the one stream that is read to its end, to check that nothing is missing. */
const WHOLE_SECONDS = 5;

/**
 * Time from the break of the host to the next audio of a live stream through the client. The baseline is the old way
 * after its ffmpeg has died: another ffmpeg that starts from that position in the source.
 */
export const FALLBACK = defineRow({
  name: 'fallback',
  title: 'SC-005: from the break of the host to the next audio',
  specification: '≤ 3 s',
  rounds: 200,
  lines: {
    'killed or stopped': { unit: 'ms', at: 'p99', target: { of: 'ours', relation: '≤', value: 1_000 } },
    frozen: { unit: 'ms', at: 'p99', target: { of: 'ours', relation: '≤', value: 1_000 } },
  },
  async measure(bench) {
    await using source = await startSource(...(await bench.music.tracks(1)));
    await assertWhole(source.url);
    const restart = () =>
      subprocessMs(
        oldWay(bench.ffmpegs.distribution, { url: `${source.url}0`, output: PLAIN.pcm, input: ['-ss', '10'] }),
      );
    let round = 0;
    const broken = await inTurn({
      rounds: bench.rounds,
      baseline: restart,
      ours() {
        round += 1;
        return switchMs(source.url, round % 2 === 0 ? 'killed' : 'stopped');
      },
    });
    const frozen = await inTurn({
      rounds: Math.ceil(bench.rounds * FROZEN_SHARE),
      baseline: restart,
      ours: () => switchMs(source.url, 'frozen'),
    });
    return { samples: { 'killed or stopped': broken, frozen } };
  },
});

/** Measures one switch, with its own host and client. */
async function switchMs(sourceUrl: string, how: Break): Promise<number> {
  await using host = await startHost(sourceUrl);
  using client = testClient({ baseUrl: host.url });
  const stream = await client.transcode({ source_url: `${sourceUrl}0`, output_format: 'pcm', live: true });
  stream.resume();
  const [least, most] = PLAYED_MS;
  await delay(least + Math.random() * (most - least));
  if (stream.via !== 'service') throw new Error('the stream does not come from the service');
  const taken = takenOver(stream);
  const brokenAt = performance.now();
  host.child.kill(BREAKS[how]);
  const ms = (await taken) - brokenAt;
  host.child.kill('SIGKILL');
  return ms;
}

/** Returns performance.now() when the first audio of the fallback was read. */
async function takenOver(stream: AudioStream): Promise<number> {
  for (;;) {
    const [leg] = await once(stream.events, 'leg');
    if (leg.via === 'fallback') break;
  }
  await once(stream, 'data');
  return performance.now();
}

/** Throws an Error unless a stream has all its samples after its host dies in the middle. */
async function assertWhole(sourceUrl: string): Promise<void> {
  await using host = await startHost(sourceUrl);
  using client = testClient({ baseUrl: host.url });
  const stream = await client.transcode({
    source_url: `${sourceUrl}0`,
    output_format: 'pcm',
    live: true,
    duration: WHOLE_SECONDS,
  });
  setTimeout(() => host.child.kill('SIGKILL'), 1_000).unref();
  const chunks = (await stream.toArray()) as Buffer[];
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  if (client.counters().fallbacks !== 1 || bytes !== WHOLE_SECONDS * RATE * FRAME_BYTES) {
    throw new Error(`a stream with a switch has ${bytes} bytes, not ${WHOLE_SECONDS * RATE * FRAME_BYTES}`);
  }
}
