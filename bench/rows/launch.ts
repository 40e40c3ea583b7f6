import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { confine, findOnPath, type Starter } from '#lib/ffmpeg/confinement.ts';
import { findStarter } from '#lib/ffmpeg/starter.ts';
import { inTurn } from '../support/rounds.ts';
import { defineRow } from '../support/row.ts';

const ARGUMENTS = [
  ...['-v', 'error', '-probesize', '4096', '-f', 'mp3', '-i', 'pipe:3'],
  ...['-c:a', 'libopus', '-page_duration', '20000', '-flush_packets', '1', '-f', 'ogg', 'pipe:1'],
];
const MEMORY_BYTES = 1 << 28;
const FIRST_BYTES = 64 * 1024;

/** Compares the launcher's confinement with starting ffmpeg through `setpriv` and `sh`. */
export const LAUNCH = defineRow({
  name: 'launch',
  title: 'starting ffmpeg confined, compared with `setpriv` and `sh`',
  specification: '–',
  rounds: 200,
  isExtra: true,
  lines: {
    'spawn to first byte': { unit: 'ms', at: 'p50', target: { of: 'ratio', relation: '≤', value: 0.9 } },
  },
  async measure({ rounds, ffmpegs, music }) {
    const path = process.env['PATH'] ?? '';
    const found = await findStarter({ path: ffmpegs.ours, origin: 'layer' }, { mode: 'auto', path });
    if (typeof found === 'string') throw new Error(`the ffmpeg cannot be confined: ${found}`);
    const [file = ''] = await music.tracks(1);
    const input = readFileSync(file).subarray(0, FIRST_BYTES);
    const measure = (starter: Starter) => () => firstByteMs(ffmpegs.ours, starter, input);
    const samples = await inTurn({
      rounds,
      warmUp: 10,
      baseline: measure({ kind: 'shell', setpriv: findOnPath('setpriv', path) }),
      ours: measure(found.starter),
    });
    return { samples: { 'spawn to first byte': samples }, notes: [`Confinement: ${found.confinement}.`] };
  },
});

async function firstByteMs(ffmpeg: string, starter: Starter, input: Buffer): Promise<number> {
  const confinement = { ownerPid: process.pid, memoryBytes: MEMORY_BYTES, starter };
  const { file, args } = confine({ file: ffmpeg, args: ARGUMENTS }, confinement);
  const startedAt = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit', 'pipe'], env: { LC_ALL: 'C' } });
  const exited = once(child, 'exit');
  const [, output, , source] = child.stdio;
  source?.on('error', () => undefined);
  (source as NodeJS.WritableStream).end(input);
  await once(output as NodeJS.ReadableStream, 'data');
  const ms = performance.now() - startedAt;
  child.kill('SIGKILL');
  await exited;
  return ms;
}
