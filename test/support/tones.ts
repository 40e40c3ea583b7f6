import { channelOf, type Sound } from './audio.ts';

/** Returns the times at which the sound becomes louder than a threshold after at least 0.1 s of quiet, seconds. */
export function onsets(sound: Sound, threshold = 0.1): number[] {
  const signal = channelOf(sound);
  const found: number[] = [];
  let quietSince = Number.NEGATIVE_INFINITY;
  for (const [index, sample] of signal.entries()) {
    const time = index / sound.rate;
    if (Math.abs(sample) < threshold) continue;
    if (time - quietSince > 0.1) found.push(time);
    quietSince = time;
  }
  return found;
}

/** Returns how often the sound between two times crosses zero upwards, per second: the frequency of a tone. */
export function frequencyIn(sound: Sound, from: number, to: number): number {
  const signal = channelOf(sound).subarray(Math.round(from * sound.rate), Math.round(to * sound.rate));
  let crossings = 0;
  for (let index = 1; index < signal.length; index += 1) {
    if ((signal[index - 1] ?? 0) < 0 && (signal[index] ?? 0) >= 0) crossings += 1;
  }
  return crossings / (to - from);
}
