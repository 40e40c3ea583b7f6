import { readFile } from 'node:fs/promises';
import { decode, pcmSound, secondsOf } from '../../test/support/audio.ts';
import { scratchFolder } from '../../test/support/scratch-folder.ts';
import type { Orchestrator, Play } from './orchestrator.ts';

/** Encoders pad: Opus to a frame, AAC by its priming and its last frame; MP3 sources are cut to a frame. */
const TOLERANCE_SECONDS = 0.15;
const PCM_TYPE = 'audio/pcm; rate=48000; channels=2; encoding=s16le';

/** Plays something to its end; throws an Error unless all of it decodes, to so many seconds. */
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

/** Throws an Error unless all of a file decodes, to so many seconds. */
export async function assertLasts(
  file: string,
  { format, seconds }: { format: 'opus' | 'aac' | 'pcm'; seconds: number },
): Promise<void> {
  const sound = format === 'pcm' ? pcmSound(await readFile(file), PCM_TYPE) : await decode(file);
  const actual = secondsOf(sound);
  if (!(Math.abs(actual - seconds) <= TOLERANCE_SECONDS)) {
    throw new Error(`${actual.toFixed(2)} s of audio were delivered instead of ${seconds} s`);
  }
}
