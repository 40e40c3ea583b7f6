import { type SubtitlesKind, subtitlesAtStart } from '#lib/containers/text-sniff.ts';
import { AppError } from '#lib/errors.ts';
import { type CueCollector, collectCues, type ParsedCues } from './cue.ts';
import { parseAss } from './parse-ass.ts';
import { parseSrt } from './parse-srt.ts';
import { parseVtt } from './parse-vtt.ts';

/** Largest file of subtitles, bytes, and most cues of a job. */
export const SUBTITLE_LIMITS = { bytes: 5_000_000, cues: 20_000 } as const;

const PARSERS: Readonly<Record<SubtitlesKind, (lines: readonly string[], collector: CueCollector) => void>> = {
  srt: parseSrt,
  webvtt: parseVtt,
  ass: parseAss,
};

/**
 * Returns the cues of a text, which may be SRT, WebVTT, ASS or SSA. Lines that cannot be read are skipped. Throws
 * UNSUPPORTED_FORMAT for another text, and LIMIT_EXCEEDED above `most` cues.
 */
export function parseSubtitles(text: string, most: number = SUBTITLE_LIMITS.cues): ParsedCues {
  const kind = subtitlesAtStart(Buffer.from(text.slice(0, HEAD)));
  if (kind === undefined) throw new AppError('UNSUPPORTED_FORMAT', {}, { message: 'it is not SRT, WebVTT or ASS' });
  const collector = collectCues(most, tooMany);
  PARSERS[kind](text.split(/\r\n?|\n/), collector);
  return collector.collected();
}

/** Characters that show the kind. */
const HEAD = 512;

function tooMany(): never {
  const { cues: max } = SUBTITLE_LIMITS;
  const message = `the subtitles have more than ${max} cues`;
  throw new AppError('LIMIT_EXCEEDED', { limit: 'subtitle_cues', value: max + 1, max }, { message });
}
