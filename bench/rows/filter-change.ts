import { setTimeout as delay } from 'node:timers/promises';
import { secondsOf } from '../../test/support/audio.ts';
import { type LiveStream, startLive } from '../../test/support/live-stream.ts';
import { createMediaFolder } from '../../test/support/media.ts';
import { kinkOf, lineOf, sweep } from '../../test/support/sweep.ts';
import { subprocessMs } from '../support/first-bytes.ts';
import { oldWay, PLAIN } from '../support/plays.ts';
import { type Service, servicesOf, startRig } from '../support/rig.ts';
import { eachService, inTurn, ofServices } from '../support/rounds.ts';
import { defineRow } from '../support/row.ts';

const FRAME_BYTES = 4;
const RATE = 48_000;
const SPEEDS = [1.5, 1, 0.75] as const;
/** Changes per stream, limited by the length of the source. */
const CHANGES_A_STREAM = 40;
const SWEEP_SECONDS = 200;

/**
 * Time from sending a change of speed to the first sample at the new speed, detected with a steadily rising tone. The
 * baseline is the old way: another ffmpeg that starts from that position in the source.
 */
export const FILTER_CHANGE = defineRow({
  name: 'filter-change',
  title: 'from sending a PATCH to the new samples leaving the host',
  specification: '–',
  rounds: 100,
  comparesCommits: true,
  lines: {
    'new samples': { unit: 'ms', at: 'p99', target: { of: 'ours', relation: '≤', value: 300 } },
    answer: { unit: 'ms', at: 'p99' },
    'applied_at_sample is off': { unit: 'ms', at: 'p99' },
  },
  async measure({ rounds, ffmpegs, earlier }) {
    await using media = await createMediaFolder();
    await media.make('sweep.flac', sweep(SWEEP_SECONDS));
    await using rig = await startRig({
      files: [`${media.directory}/sweep.flac`],
      database: true,
      earlier: earlier?.host,
    });
    await using changes = new AsyncDisposableStack();
    const changing = new Map(
      servicesOf(rig).map((service) => [service, changes.use(changesOf(service, rig.freshUrl))] as const),
    );
    let restarts = 0;
    const turns = await inTurn<Change, number>({
      rounds,
      baseline() {
        const output = ['-af', `atempo=${speedOf(restarts % CHANGES_A_STREAM)}`, ...PLAIN.pcm];
        restarts += 1;
        return subprocessMs(oldWay(ffmpegs.distribution, { url: rig.freshUrl(), output, input: ['-ss', '10'] }));
      },
      ...eachService(rig, async (service) => {
        const next = await changing.get(service)?.next();
        if (!next || next.done) throw new Error('there are no more changes');
        return next.value;
      }),
    });
    return {
      samples: {
        'new samples': { baseline: turns.baseline, ...ofServices(turns, ({ heardMs }) => heardMs) },
        answer: ofServices(turns, ({ answeredMs }) => answeredMs),
        'applied_at_sample is off': { ours: turns.ours.map(({ offMs }) => offMs) },
      },
    };
  },
});

/** Changes the speed of a stream at each iteration. Starts a new stream near the end of the source. */
async function* changesOf({ host }: Service, freshUrl: () => string): AsyncGenerator<Change, never> {
  for (;;) {
    await using stream = await startLive(host, { source_url: freshUrl() });
    await stream.play(1);
    let from = 1;
    for (let index = 0; index < CHANGES_A_STREAM; index += 1) {
      const to = speedOf(index);
      yield await change(stream, [from, to]);
      from = to;
    }
  }
}

function speedOf(index: number): number {
  return SPEEDS[index % SPEEDS.length] ?? 1;
}

type Change = { readonly heardMs: number; readonly answeredMs: number; readonly offMs: number };

async function change(stream: LiveStream, [from, to]: readonly [number, number]): Promise<Change> {
  const answer = await stream.patch({ speed: to });
  if (answer.status !== 200) throw new Error(answer.body.toString('utf8'));
  const reported = answer.json().applied_at_sample / RATE;
  await delay(900);
  const sound = stream.sound();
  const kink = kinkOf(
    lineOf(sound, reported - 0.6, reported - 0.1),
    lineOf(sound, reported + 0.15, Math.min(reported + 0.75, secondsOf(sound))),
  );
  if (!(Math.abs(kink - reported) < 0.5)) throw new Error(`no change from ${from} to ${to} near ${reported} s`);
  return {
    heardMs: stream.arrival(Math.ceil(kink * RATE) * FRAME_BYTES) - answer.sentAt,
    answeredMs: answer.answeredAt - answer.sentAt,
    offMs: Math.abs(kink - reported) * 1_000,
  };
}
