import { AppError } from '#lib/errors.ts';
import { type Cue, LONGEST_TEXT } from './cue.ts';
import { SUBTITLE_LIMITS } from './parse.ts';

/** Most characters after cues were joined: those that overlap are written several times. */
const MOST_CHARACTERS = 4 * SUBTITLE_LIMITS.bytes;

/**
 * Returns cues of which one ends before the next begins, as MP4 demands: where several are shown at once, one has the
 * texts of all. Throws LIMIT_EXCEEDED when they overlap so often that the texts would grow without end.
 */
export function flattened(cues: readonly Cue[]): Cue[] {
  const times = [...new Set(cues.flatMap(({ fromMs, toMs }) => [fromMs, toMs]))].sort((one, other) => one - other);
  const result: Cue[] = [];
  let [next, characters] = [0, 0];
  let shown: Cue[] = [];
  for (const [index, fromMs] of times.entries()) {
    const toMs = times[index + 1] ?? fromMs;
    shown = shown.filter((cue) => cue.toMs > fromMs);
    for (let cue = cues[next]; cue !== undefined && cue.fromMs <= fromMs; cue = cues[next]) {
      shown.push(cue);
      next += 1;
    }
    if (shown.length === 0) continue;
    const text = shown.map((cue) => cue.text).join('\n');
    characters += text.length;
    if (text.length > LONGEST_TEXT) throw tooDense(text.length, LONGEST_TEXT);
    if (characters > MOST_CHARACTERS) throw tooDense(characters, MOST_CHARACTERS);
    result.push({ fromMs, toMs, text });
  }
  return result;
}

function tooDense(value: number, max: number): AppError {
  const details = { limit: 'subtitle_characters', value, max, phase: 'probing' };
  return new AppError('LIMIT_EXCEEDED', details, { message: 'too many subtitles are shown at once' });
}
