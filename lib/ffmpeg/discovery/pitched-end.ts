import { tryFfmpeg } from './trial.ts';

const SECONDS = 0.2;
const RATE = 48_000;
const SILENCE = Buffer.alloc(SECONDS * RATE * 2);

/**
 * Returns whether an ffmpeg's rubberband loses the end of audio whose pitch it raises. Measured: version 3.1 loses 70
 * ms for an octave, 3.3 loses nothing. ffmpeg does not report the version of its rubberband.
 */
export async function losesPitchedEnd(binary: string): Promise<boolean> {
  const raw = ['-f', 's16le', '-ar', String(RATE), '-ac', '1'];
  const filters = 'asetnsamples=n=512:p=0,rubberband=pitch=2:transients=smooth';
  const args = [...raw, '-i', 'pipe:0', '-af', filters, ...raw, 'pipe:1'];
  return (await tryFfmpeg((args) => ({ file: binary, args }), { args, input: SILENCE })).bytes < SILENCE.length;
}
