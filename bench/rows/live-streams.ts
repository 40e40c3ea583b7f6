import { scratchFolder } from '../../test/support/scratch-folder.ts';
import type { Bench } from '../support/bench.ts';
import { treeCpuSeconds } from '../support/cpu.ts';
import { assertLasts } from '../support/delivered.ts';
import { leastBuffered } from '../support/live.ts';
import { START_GAP_MS } from '../support/live-load.ts';
import type { Play } from '../support/orchestrator.ts';
import { byService, oldWay, PLAIN } from '../support/plays.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { defineRow, type Line, type Measurement } from '../support/row.ts';

/** How long all streams play in parallel: longer than any player's buffer lasts. */
const TOGETHER_SECONDS = 30;
/** Buffered audio at which a player begins. */
const PREROLL_SECONDS = 1.5;
const STEP = 10;
const MOST = 300;

type Label = 'streams' | 'least buffered' | 'CPU each';

/** The smallest buffer of all players, and the share of one core for each stream, at the target number of streams. */
function linesOf(aim: number): Readonly<Record<Label, Line>> {
  return {
    streams: { unit: 'streams', at: 'least', target: { of: 'ours', relation: '≥', value: aim } },
    'least buffered': { unit: 's', at: 'least', target: { of: 'ours', relation: '≥', value: 0 } },
    'CPU each': { unit: '%', at: 'p50' },
  };
}

export const LIVE_STREAMS = defineRow({
  name: 'live-streams',
  title: 'SC-006: live streams without an underrun, everything adjustable',
  specification: '50',
  rounds: 1,
  lines: linesOf(60),
  measure: (bench) => measureLive(bench, 60),
});

export const LIVE_STREAMS_NARROW = defineRow({
  name: 'live-streams-narrow',
  title: 'SC-006: the same, with `adjust: ["speed","volume"]`',
  specification: '50',
  rounds: 1,
  lines: linesOf(100),
  measure: (bench) => measureLive(bench, 100, ['speed', 'volume']),
});

/** Streams start one after the other, and the first must play long enough to overlap with the last. */
function lengthOf(count: number): number {
  return TOGETHER_SECONDS + Math.ceil((count * START_GAP_MS) / 1_000);
}

type Trial = { readonly least: number; readonly cpuPercent: number; readonly failure?: string };

/** The baseline is the same number of ffmpegs of the old way with `-re`, which cannot be adjusted. */
async function measureLive(
  { rounds, ffmpegs, music }: Bench,
  aim: number,
  adjust?: string[],
): Promise<Measurement<Label>> {
  await using rig = await startRig({
    files: [await music.looped(Math.ceil((lengthOf(MOST) + 1) / music.seconds))],
    database: true,
  });
  const service = (duration: number) =>
    byService(rig.host.url, { source_url: rig.freshUrl(), live: true, duration, ...(adjust && { adjust }) });
  const old = (duration: number) =>
    oldWay(ffmpegs.distribution, {
      url: rig.freshUrl(),
      output: ['-t', String(duration), ...PLAIN.opus],
      input: ['-re'],
    });
  const notes: string[] = [];
  const trial = async (way: string, count: number, play: (seconds: number) => Play): Promise<Trial> => {
    const result = await tryOut(rig, count, play);
    notes.push(`${count} ${way}: ${wordsOf(result)}`);
    return result;
  };
  const trials: { old: Trial[]; ours: Trial[] } = { old: [], ours: [] };
  for (let round = 0; round < rounds; round += 1) {
    trials.old.push(await trial('of the old way', aim, old));
    trials.ours.push(await trial('of ours', aim, service));
  }
  const carried = trials.ours.every(({ least }) => least >= 0);
  /** Finds the largest number without an underrun, by search between numbers that work and numbers that fail. */
  async function limit(): Promise<number> {
    let [most, tooMany] = carried ? [aim, MOST + STEP] : [0, aim];
    while (tooMany - most > STEP) {
      const count = most + Math.round((tooMany - most) / 2 / STEP) * STEP;
      const { least } = await trial('of ours', count, service);
      if (least >= 0) most = count;
      else tooMany = count;
    }
    return most;
  }
  const samplesOf = (measure: (trial: Trial) => number) => ({
    baseline: trials.old.map(measure),
    ours: trials.ours.map(measure),
  });
  return {
    samples: {
      streams: { ours: [await limit()] },
      'least buffered': { ours: trials.ours.map(({ least }) => least) },
      'CPU each': samplesOf(({ cpuPercent }) => cpuPercent),
    },
    notes,
  };
}

/** Plays `count` streams to their ends. */
async function tryOut(rig: Rig, count: number, play: (seconds: number) => Play): Promise<Trial> {
  const length = lengthOf(count);
  using folder = scratchFolder();
  const keep = folder.file('audio.opus');
  const cpu = () => treeCpuSeconds(rig.host.pid) + treeCpuSeconds(rig.orchestrator.pid);
  const before = cpu();
  const plays = Array.from({ length: count }, () => play(length));
  const all = await rig.orchestrator.listen(plays, { gapMs: START_GAP_MS, keep }).catch((error: Error) => error);
  await rig.settled();
  const cpuPercent = ((cpu() - before) / count / length) * 100;
  // A stream that is refused or cut counts as a player without audio for the whole length.
  if (all instanceof Error) return { least: -length, cpuPercent, failure: all.message };
  await assertLasts(keep, { format: 'opus', seconds: length });
  return { least: Math.min(...all.map((arrivals) => leastBuffered(arrivals, PREROLL_SECONDS))), cpuPercent };
}

function wordsOf({ least, cpuPercent, failure }: Trial): string {
  return failure ?? `least buffered ${least.toFixed(2)} s, CPU each ${cpuPercent.toFixed(2)} %`;
}
