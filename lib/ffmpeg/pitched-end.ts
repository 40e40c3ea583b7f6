import { spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';

const SECONDS = 0.2;
const RATE = 48_000;
const SILENCE = Buffer.alloc(SECONDS * RATE * 2);
const TIMEOUT_MS = 8_000;

/**
 * Whether an ffmpeg's rubberband loses the end of a sound whose pitch it raises: 3.1 does, 70 ms for an octave; 3.3
 * does not (measured). No ffmpeg tells which one it has.
 */
export async function losesPitchedEnd(binary: string): Promise<boolean> {
  const raw = ['-f', 's16le', '-ar', String(RATE), '-ac', '1'];
  const filters = 'asetnsamples=n=512:p=0,rubberband=pitch=2:transients=smooth';
  const args = ['-v', 'error', '-nostats', ...raw, '-i', 'pipe:0', '-af', filters, ...raw, 'pipe:1'];
  const child = spawn(binary, args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    env: { LC_ALL: 'C' },
  });
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  // One that ends before it has read everything has lost something.
  child.stdin.on('error', () => undefined).end(SILENCE);
  return (await Promise.race([buffer(child.stdout), failed])).length < SILENCE.length;
}
