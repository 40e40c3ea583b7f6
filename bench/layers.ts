import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { endedChildrenCpuSeconds } from '#lib/ffmpeg/usage.ts';
import { decode } from '../test/support/audio.ts';
import { pssOf } from './support/memory.ts';
import { makeMusic } from './support/music.ts';
import { logSpectralDistance } from './support/spectral-distance.ts';
import { median } from './support/statistics.ts';

/**
 * `npm run bench:layers [-- --rounds N]`: the audio layer beside the distribution's ffmpeg, and ffmpeg-static where that
 * is installed, in turn, in one run: start-up, processor seconds of three minutes of music, time to the first 4 KiB of
 * audio, memory of ten, and what is left of the music.
 */
type Binary = { readonly name: string; readonly path: string };
type Codec = 'opus' | 'aac' | 'pcm';

const CODECS: Readonly<Record<Codec, readonly string[]>> = {
  opus: ['-c:a', 'libopus', '-b:a', '128k', '-f', 'ogg'],
  aac: ['-c:a', 'aac', '-b:a', '128k', '-f', 'adts'],
  pcm: ['-c:a', 'pcm_s16le', '-f', 's16le'],
};
const EXACT = ['-ar', '48000', '-ac', '2', '-map_metadata', '-1', '-fflags', '+bitexact', '-flags:a', '+bitexact'];
const WANTED_BYTES = 4_096;
const AT_ONCE = 10;
const HEARD_HERTZ = 16_000;
/** Of the layer, to Debian's. */
const TARGETS = { startUp: 0.1, opusCpu: 0.78, pss: 0.5 } as const;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
const debian = findOnPath('ffmpeg', '/usr/bin:/bin:/usr/local/bin');
if (debian === undefined) throw new Error('the baseline needs the distribution’s ffmpeg: apt-get install ffmpeg');
const layer = fileURLToPath(new URL('../layers/ffmpeg-audio/dist/bin/ffmpeg-audio', import.meta.url));
if (!existsSync(layer)) throw new Error('there is no audio layer: npm run build:layers -- audio');
const binaries: readonly Binary[] = [
  { name: 'audio layer', path: layer },
  { name: 'debian', path: debian },
  ...(await ffmpegStatic()),
];

async function ffmpegStatic(): Promise<Binary[]> {
  const name: string = 'ffmpeg-static';
  const { default: path } = (await import(name).catch(() => ({}))) as { default?: string };
  return path !== undefined && existsSync(path) ? [{ name, path }] : [];
}

function run({ path }: Binary, args: readonly string[]): Buffer {
  return execFileSync(path, ['-v', 'error', ...args], { maxBuffer: 512 << 20, stdio: ['ignore', 'pipe', 'inherit'] });
}

function startUpMs({ path }: Binary): number {
  const startedAt = performance.now();
  execFileSync(path, ['-version'], { stdio: 'ignore' });
  return performance.now() - startedAt;
}

function cpuSeconds(binary: Binary, codec: Codec): number {
  const before = endedChildrenCpuSeconds();
  run(binary, ['-i', music.file, ...EXACT, ...CODECS[codec], 'pipe:1']);
  return endedChildrenCpuSeconds() - before;
}

async function firstBytesMs({ path }: Binary): Promise<number> {
  const startedAt = performance.now();
  const args = [
    '-v',
    'error',
    '-probesize',
    '32k',
    '-analyzeduration',
    '0',
    '-i',
    music.file,
    ...EXACT,
    ...CODECS.opus,
  ];
  const child = spawn(path, [...args, '-page_duration', '20000', '-flush_packets', '1', 'pipe:1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let bytes = 0;
  let ms = Number.NaN;
  for await (const chunk of child.stdout) {
    bytes += (chunk as Buffer).length;
    if (bytes < WANTED_BYTES) continue;
    ms = performance.now() - startedAt;
    break;
  }
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return ms;
}

/** Proportional set size of ten that play at once, bytes. */
async function pssOfTen({ path }: Binary): Promise<number> {
  const args = [
    '-v',
    'error',
    '-re',
    '-threads',
    '1',
    '-i',
    music.file,
    '-filter_threads',
    '1',
    ...CODECS.opus,
    'pipe:1',
  ];
  const children = Array.from({ length: AT_ONCE }, () => spawn(path, args, { stdio: ['ignore', 'pipe', 'ignore'] }));
  for (const child of children) child.stdout.resume();
  await delay(3_000);
  const bytes = children.reduce((sum, { pid = 0 }) => sum + pssOf(pid), 0);
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(children.map((child) => once(child, 'exit')));
  return bytes;
}

async function inTurn(
  measure: (binary: Binary) => number | Promise<number>,
  count = rounds,
): Promise<Map<Binary, number>> {
  const samples = new Map(binaries.map((binary) => [binary, [] as number[]]));
  for (let round = 0; round < count; round += 1) {
    for (const binary of binaries) samples.get(binary)?.push(await measure(binary));
  }
  return new Map([...samples].map(([binary, all]) => [binary, median(all)]));
}

type Row = { readonly label: string; readonly unit: string; readonly digits: number; readonly target?: number };

let missed = false;
function print({ label, unit, digits, target }: Row, figures: ReadonlyMap<Binary, number>, scale = 1): void {
  const [ours = Number.NaN, theirs = Number.NaN] = [...figures.values()];
  const isMissed = target !== undefined && ours / theirs > target;
  missed ||= isMissed;
  const cells = binaries.map((binary) => ((figures.get(binary) ?? Number.NaN) * scale).toFixed(digits).padStart(14));
  const aim = target === undefined ? '' : `≤ ${target}${isMissed ? '   MISSED' : ''}`;
  console.log(`${label.padEnd(26)} ${unit.padEnd(4)}${cells.join('')}   ${(ours / theirs).toFixed(3)}   ${aim}`);
}

await using music = await makeMusic(debian);
console.log(
  `three minutes of music, MP3 192k; medians of ${rounds} rounds in turn; the ratio is the layer's to Debian's\n`,
);
console.log(`${' '.repeat(31)}${binaries.map(({ name }) => name.padStart(14)).join('')}   ratio   target`);
print({ label: 'start-up', unit: 'ms', digits: 1, target: TARGETS.startUp }, await inTurn(startUpMs, rounds * 4));
const opusCpu = await inTurn((binary) => cpuSeconds(binary, 'opus'));
print({ label: 'processor, Opus 128k', unit: 's', digits: 2, target: TARGETS.opusCpu }, opusCpu);
for (const codec of ['aac', 'pcm'] as const) {
  print(
    { label: `processor, ${codec.toUpperCase()}`, unit: 's', digits: 2 },
    await inTurn((binary) => cpuSeconds(binary, codec)),
  );
}
print({ label: 'first 4 KiB of Opus', unit: 'ms', digits: 1 }, await inTurn(firstBytesMs, rounds * 2));
print({ label: 'memory of ten (PSS)', unit: 'MB', digits: 1, target: TARGETS.pss }, await inTurn(pssOfTen, 1), 1e-6);

const original = await decode(music.file);
const resampled = ['-i', music.file, ...EXACT, ...CODECS.pcm, 'pipe:1'];
const source = {
  rate: 48_000,
  channels: 2,
  samples: new Int16Array(new Uint8Array(run(binaries[0] as Binary, resampled)).buffer),
};
console.log(`\nagainst the source (${original.rate} Hz at 48000 Hz)`);
for (const binary of binaries) {
  const coded = await decode(run(binary, ['-i', music.file, ...EXACT, ...CODECS.opus, 'pipe:1']));
  const distance = logSpectralDistance(source, coded, HEARD_HERTZ);
  const same = (['aac', 'pcm'] as const).map((codec) => {
    const [own, theirs] = [binary, { name: '', path: debian }].map((one) =>
      createHash('md5')
        .update(run(one, ['-i', music.file, ...EXACT, ...CODECS[codec], 'pipe:1']))
        .digest('hex'),
    );
    return `${codec.toUpperCase()} ${own === theirs ? 'identical to' : 'differs from'} Debian's`;
  });
  console.log(
    `${binary.name.padEnd(14)} Opus: log-spectral distance ${distance.toFixed(3)} dB up to 16 kHz; ${same.join('; ')}`,
  );
}
process.exitCode = missed ? 1 : 0;
