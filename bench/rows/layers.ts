import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { endedChildrenCpuSeconds } from '#lib/ffmpeg/usage.ts';
import { decode, pcmSound, type Sound } from '../../test/support/audio.ts';
import type { Bench } from '../support/bench.ts';
import { subprocessMs } from '../support/first-bytes.ts';
import { descendantsOf, pssMegabytes } from '../support/memory.ts';
import { startOrchestrator } from '../support/orchestrator.ts';
import { type BareFormat, PLAIN } from '../support/plays.ts';
import { inTurn } from '../support/rounds.ts';
import { defineRow, type Samples } from '../support/row.ts';
import { logSpectralDistance } from '../support/spectral-distance.ts';

const OPUS = ['-c:a', 'libopus', '-b:a', '128k', '-f', 'ogg'];
const OUTPUTS: Readonly<Record<BareFormat, readonly string[]>> = { ...PLAIN, opus: OPUS };
const EXACT = ['-ar', '48000', '-ac', '2', '-map_metadata', '-1', '-fflags', '+bitexact', '-flags:a', '+bitexact'];
const PROMPT = ['-page_duration', '20000', '-flush_packets', '1'];
const AT_ONCE = 10;
const PLAYED_MS = 3_000;
const HEARD_HERTZ = 16_000;
const PCM_TYPE = 'audio/pcm; rate=48000; channels=2; encoding=s16le';
const run = promisify(execFile);

/** Compares the two ffmpegs alone, with the same arguments and a file as the source. */
export const LAYERS = defineRow({
  name: 'layers',
  title: 'the audio layer compared with the distribution’s ffmpeg',
  specification: '–',
  rounds: 5,
  isExtra: true,
  lines: {
    'start-up': { unit: 'ms', at: 'p50', target: { of: 'ratio', relation: '≤', value: 0.1 } },
    'CPU, Opus 128k': { unit: 's', at: 'p50', target: { of: 'ratio', relation: '≤', value: 0.78 } },
    'CPU, AAC': { unit: 's', at: 'p50' },
    'CPU, PCM': { unit: 's', at: 'p50' },
    'first 4 KiB of Opus': { unit: 'ms', at: 'p50' },
    'memory of ten': { unit: 'MB', at: 'p50', target: { of: 'ratio', relation: '≤', value: 0.5 } },
    'spectral distance of Opus': { unit: 'dB', at: 'p50' },
  },
  async measure({ rounds, ffmpegs, music }) {
    const [file = ''] = await music.tracks(1);
    /** Measures both in turn. */
    const both = (measure: (ffmpeg: string) => Promise<number>, times = rounds): Promise<Samples> =>
      inTurn({ rounds: times, baseline: () => measure(ffmpegs.distribution), ours: () => measure(ffmpegs.ours) });
    const cpu = (format: BareFormat) => both(async (ffmpeg) => await cpuSeconds(ffmpeg, file, OUTPUTS[format]));
    const original = pcmSound(await transcode(ffmpegs.ours, file, OUTPUTS.pcm), PCM_TYPE);
    return {
      samples: {
        'start-up': await both(startUpMs, rounds * 4),
        'CPU, Opus 128k': await cpu('opus'),
        'CPU, AAC': await cpu('aac'),
        'CPU, PCM': await cpu('pcm'),
        'first 4 KiB of Opus': await both((ffmpeg) => subprocessMs(prompt(ffmpeg, file)), rounds * 2),
        'memory of ten': await both((ffmpeg) => memoryOfTen(ffmpeg, file), 1),
        'spectral distance of Opus': await both((ffmpeg) => distance(ffmpeg, file, original), 1),
      },
      notes: await identities(ffmpegs, file),
    };
  },
});

function transcode(ffmpeg: string, file: string, output: readonly string[]): Promise<Buffer> {
  const args = ['-v', 'error', '-i', file, ...EXACT, ...output, 'pipe:1'];
  return run(ffmpeg, args, { maxBuffer: 512 << 20, encoding: 'buffer' }).then(({ stdout }) => stdout);
}

function startUpMs(ffmpeg: string): Promise<number> {
  const startedAt = performance.now();
  execFileSync(ffmpeg, ['-version'], { stdio: 'ignore' });
  return Promise.resolve(performance.now() - startedAt);
}

async function cpuSeconds(ffmpeg: string, file: string, output: readonly string[]): Promise<number> {
  const before = endedChildrenCpuSeconds();
  await transcode(ffmpeg, file, output);
  return endedChildrenCpuSeconds() - before;
}

function prompt(ffmpeg: string, file: string): { command: string[] } {
  const input = ['-v', 'error', '-probesize', '32k', '-analyzeduration', '0', '-i', file];
  return { command: [ffmpeg, ...input, ...EXACT, ...OPUS, ...PROMPT, 'pipe:1'] };
}

async function memoryOfTen(ffmpeg: string, file: string): Promise<number> {
  await using orchestrator = startOrchestrator();
  const input = ['-v', 'error', '-re', '-threads', '1', '-i', file, '-filter_threads', '1'];
  const play = { command: [ffmpeg, ...input, ...OPUS, 'pipe:1'] };
  orchestrator.listen(Array(AT_ONCE).fill(play), { gapMs: 0 }).catch(() => undefined);
  await delay(PLAYED_MS);
  return pssMegabytes(descendantsOf(orchestrator.pid));
}

async function distance(ffmpeg: string, file: string, original: Sound): Promise<number> {
  return logSpectralDistance(original, await decode(await transcode(ffmpeg, file, OPUS)), HEARD_HERTZ);
}

/** Reports whether both produce the same output. */
function identities({ ours, distribution }: Bench['ffmpegs'], file: string): Promise<string[]> {
  return Promise.all(
    (['aac', 'pcm'] as const).map(async (format) => {
      const digest = async (ffmpeg: string) =>
        createHash('sha256')
          .update(await transcode(ffmpeg, file, OUTPUTS[format]))
          .digest('hex');
      const same = (await digest(ours)) === (await digest(distribution));
      return `${format.toUpperCase()}: ${same ? 'the same bytes' : 'different bytes'} from both`;
    }),
  );
}
