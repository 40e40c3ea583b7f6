import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findFfmpegs } from './support/ffmpegs.ts';
import { flameGraph } from './support/flame-graph.ts';
import { selfTimeByKind, selfTimes } from './support/flame-self.ts';
import { type CpuProfile, type Frame, flameTree, type Phase } from './support/flame-tree.ts';
import { byService } from './support/plays.ts';
import { startRig } from './support/rig.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { createTrackFolder } from './support/tracks.ts';

/**
 * `npm run profile [-- --seconds N --format opus|aac|pcm --output FILE]`: profiles the host while it streams ten
 * different tracks of N seconds, first at full speed, then live. Draws a flame graph and prints the ten functions with
 * the most self time. It measures wall-clock time, including the time that the host waits for a processor.
 */
const STREAMS = 10;
/** Between two samples, µs. Each sample takes a few µs itself, even while the host is idle. */
const INTERVAL = 250;
const LARGEST = 10;
const PROJECT = new URL('..', import.meta.url);

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    format: { type: 'string', default: 'opus' },
    output: { type: 'string', default: fileURLToPath(new URL('docs/images/host-profile.svg', PROJECT)) },
  },
});

// Ends its processes and removes its folders on exit.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(code));
}

using folder = temporaryFolder();
const { ours, distribution } = await findFfmpegs();
using music = createTrackFolder(distribution, Number(values.seconds));
const phases = await record();
const profile: CpuProfile = JSON.parse(await readFile(join(folder.path, 'host.cpuprofile'), 'utf8'));
const frames = flameTree(profile, { phases, project: PROJECT.href });
const streams = `${STREAMS} streams of ${music.seconds} s, ${values.format}`;
await writeFile(values.output, flameGraph(frames, `Where the host’s time goes: ${streams}`));

console.log(`${ours}\n${streams}\n`);
for (const frame of frames) console.log(phaseLine(frame));
console.log(`\n${'self'.padStart(9)}  share  function`);
const whole = frames.reduce((sum, { total }) => sum + total, 0);
for (const { name, place, self } of selfTimes(frames).slice(0, LARGEST)) {
  console.log(`${milliseconds(self)}  ${percent(self, whole)}  ${name} ${place}`);
}
console.log(`\n${values.output}`);

/** Plays the streams and returns the times. The host writes its profile when it exits. */
async function record(): Promise<Phase[]> {
  const options = `--cpu-prof --cpu-prof-dir=${folder.path} --cpu-prof-name=host.cpuprofile --cpu-prof-interval=${INTERVAL}`;
  await using rig = await startRig({ files: await music.tracks(STREAMS), settings: { NODE_OPTIONS: options } });
  const play = (live: boolean, count = STREAMS) => {
    const fields = { output_format: values.format, live };
    const plays = Array.from({ length: count }, (_, index) =>
      byService(rig.host.url, { ...fields, source_url: rig.freshUrl(index) }),
    );
    return rig.orchestrator.play(plays);
  };
  // Leaves out what is loaded and compiled only once.
  await play(false, 1);
  const found: Phase[] = [];
  for (const [name, live] of [
    ['at full speed', false],
    ['live', true],
  ] as const) {
    const from = now();
    await play(live);
    await rig.settled();
    found.push({ name, from, to: now() });
  }
  return found;
}

/** Microseconds of the clock that V8 uses. */
function now(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

function phaseLine(frame: Frame): string {
  const { ours: own, package: packages, node, engine } = selfTimeByKind([frame]);
  const shares = { 'this repository': own, packages, 'node:': node, 'V8, C++ and system calls': engine };
  const parts = Object.entries(shares).map(([name, time]) => `${name} ${percent(time, frame.total).trim()}`);
  return `${frame.name.padEnd(14)} ${milliseconds(frame.total)}: ${parts.join(', ')}`;
}

function milliseconds(microseconds: number): string {
  return `${(microseconds / 1_000).toFixed(1)} ms`.padStart(9);
}

function percent(part: number, of: number): string {
  return `${((100 * part) / (of || 1)).toFixed(1)} %`.padStart(6);
}
