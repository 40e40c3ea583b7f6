import type { AudioProfile } from '#lib/profiles/audio.ts';
import type { Bench } from '../support/bench.ts';
import { cpuOfSides, READING } from '../support/cpu-sides.ts';
import { assertDelivers } from '../support/delivered.ts';
import type { Play } from '../support/orchestrator.ts';
import { byService, encoderSettings, oldWay, PLAIN } from '../support/plays.ts';
import { type Service, servicesOf, startRig } from '../support/rig.ts';
import { defineRow, type Line, type Measurement, type Target } from '../support/row.ts';

/** The preset `standard` for Opus. */
const STANDARD: AudioProfile = { format: 'opus', preset: 'standard', bitrate: 96_000, sampleRate: 48_000, channels: 2 };
const STREAMS = 10;

type Label = 'opus' | 'of it, reading';

function linesOf(target: Target): Readonly<Record<Label, Line>> {
  return { opus: { unit: 's', at: 'p50', target }, 'of it, reading': READING };
}

export const CPU = defineRow({
  name: 'cpu',
  title: 'SC-003: processor time of ten parallel streams of different tracks, identical codec settings',
  specification: '−30 %',
  rounds: 5,
  comparesCommits: true,
  lines: linesOf({ of: 'ratio', relation: '≤', value: 0.82 }),
  measure: (bench) => ofTen(bench, encoderSettings(STANDARD)),
});

export const CPU_STANDARD = defineRow({
  name: 'cpu-standard',
  title: 'SC-003: the same, `standard` as shipped compared with plain `-c:a libopus -b:a 96k`',
  specification: '−30 %',
  rounds: 5,
  lines: linesOf({ of: 'ratio', relation: '≤', value: 0.6 }),
  measure: (bench) => ofTen(bench, PLAIN.opus),
});

/** Compares service and orchestrator together with the old way with these output options. */
async function ofTen(
  { rounds, ffmpegs, music, earlier }: Bench,
  output: readonly string[],
): Promise<Measurement<Label>> {
  await using rig = await startRig({ files: await music.tracks(STREAMS), database: true, earlier: earlier?.host });
  /** Other sources in each round, so that no response comes from the cache. */
  const tracks = (make: (url: string) => Play) =>
    Array.from({ length: STREAMS }, (_, index) => make(rig.freshUrl(index)));
  const playedBy =
    ({ host }: Service) =>
    (url: string) =>
      byService(host.url, { source_url: url });
  for (const service of servicesOf(rig)) {
    const play = playedBy(service)(rig.freshUrl());
    await assertDelivers(rig.orchestrator, play, { format: 'opus', seconds: music.seconds });
  }
  const { whole, reading } = await cpuOfSides(rig, {
    rounds,
    baseline: () => tracks((url) => oldWay(ffmpegs.distribution, { url, output })),
    ours: (service) => tracks(playedBy(service)),
  });
  // The reading program is the same for every commit.
  const { earlier: _same, ...read } = reading;
  return { samples: { opus: whole, 'of it, reading': read }, notes: [`old way: ${output.join(' ')}`] };
}
