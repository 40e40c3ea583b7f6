import { type SubtitlesKind, subtitlesAtStart } from '#lib/containers/text-sniff.ts';
import { AppError } from '#lib/errors.ts';
import { SPEC_LIMITS } from '#lib/jobs/spec/limits.ts';
import { type CueCollector, collectCues, type ParsedCues } from './cue.ts';
import { parseAss } from './parse-ass.ts';
import { parseSrt } from './parse-srt.ts';
import { parseVtt } from './parse-vtt.ts';

/** Largest file of subtitles, bytes, and most cues of a job. */
export const SUBTITLE_LIMITS = { bytes: 5_000_000, cues: SPEC_LIMITS.cues } as const;

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
  const kind = kindOf(text);
  if (kind === undefined) throw new AppError('UNSUPPORTED_FORMAT', {}, { message: 'it is not SRT, WebVTT or ASS' });
  const collector = cueCollector(most);
  PARSERS[kind](text.split(/\r\n?|\n/), collector);
  return collector.collected();
}

/** Returns whether a text of subtitles is ASS or SSA. */
export function isAss(text: string): boolean {
  return kindOf(text) === 'ass';
}

/** Creates a collector that throws LIMIT_EXCEEDED above `most` cues. */
export function cueCollector(most: number): CueCollector {
  return collectCues(most, tooMany);
}

function kindOf(text: string): SubtitlesKind | undefined {
  return subtitlesAtStart(Buffer.from(text.slice(0, HEAD)));
}

/** Characters that show the kind. */
const HEAD = 512;

function tooMany(): never {
  const { cues: max } = SUBTITLE_LIMITS;
  const message = `the subtitles have more than ${max} cues`;
  throw new AppError('LIMIT_EXCEEDED', { limit: 'subtitle_cues', value: max + 1, max }, { message });
}
