import { readFile } from 'node:fs/promises';
import { decode, pcmSound, secondsOf } from '../../test/support/audio.ts';
import { scratchFolder } from '../../test/support/scratch-folder.ts';
import type { Orchestrator, Play } from './orchestrator.ts';

/** Encoders add padding: Opus to a whole frame, AAC its priming and its last frame. MP3 sources are cut to a frame. */
const TOLERANCE_SECONDS = 0.15;
const PCM_TYPE = 'audio/pcm; rate=48000; channels=2; encoding=s16le';

/** Plays a stream to its end. Throws an Error unless it decodes completely to the expected seconds. */
export async function assertDelivers(
  orchestrator: Orchestrator,
  play: Play,
  { format, seconds }: { format: 'opus' | 'aac' | 'pcm'; seconds: number },
): Promise<void> {
  using folder = scratchFolder();
  const keep = folder.file('audio');
  await orchestrator.play([play], { keep });
  await assertLasts(keep, { format, seconds });
}

/** Throws an Error unless a file decodes completely to the expected seconds. */
export async function assertLasts(
  file: string,
  { format, seconds }: { format: 'opus' | 'aac' | 'pcm'; seconds: number },
): Promise<void> {
  const sound = format === 'pcm' ? pcmSound(await readFile(file), PCM_TYPE) : await decode(file);
  const actual = secondsOf(sound);
  if (!(Math.abs(actual - seconds) <= TOLERANCE_SECONDS)) {
    throw new Error(`${actual.toFixed(2)} s of audio were delivered, not ${seconds} s`);
  }
}
