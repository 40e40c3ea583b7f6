import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { MediaFacts } from './media/facts.ts';
import { holdsStill } from './media/formats.ts';
import type { ProbeAhead, SeenEnds } from './probe-ahead.ts';
import type { ProbeReport, UnknownField } from './probe-report.ts';
import { otherStreams, usableStreams } from './probed-streams.ts';
import { inputFailure } from './run/failures.ts';
import { RUN_LIMITS } from './run/run-limits.ts';

/**
 * Reads the beginning and the end of a source, and returns what they show. Throws the errors of sources with
 * `details.field`, TIMEOUT after ten seconds, UNAVAILABLE, RATE_LIMITED and OVERLOADED.
 */
export type ProbeSource = (
  url: string,
  request: { readonly caller: Caller; readonly signal?: AbortSignal | undefined },
) => Promise<ProbeReport>;

const NEVER = new AbortController().signal;
const FILE = 'source';

export function createProbeSource(probeAhead: ProbeAhead): ProbeSource {
  return async (url, { caller, signal = NEVER }) => {
    try {
      return await probeAhead({ caller, signal }, async (prober) => {
        const seen = await prober.see(FILE, url);
        if (seen.format.kind === 'subtitles') return subtitlesReport(seen, seen.format.subtitles);
        const facts = await prober.facts(FILE).catch((error: unknown) => unlessWhole(error, seen));
        return facts instanceof AppError ? withoutFacts(seen, facts) : reportOf(seen, facts);
      });
    } catch (error) {
      signal.throwIfAborted();
      throw isOfSource(error) ? inputFailure(error, AT_URL) : error;
    }
  };
}

const AT_URL = { details: { field: 'url' }, prefix: 'url: ', inputBytes: RUN_LIMITS.inputBytes };

/** What the service lacks, or another request uses, is not about the source. */
function isOfSource(error: unknown): boolean {
  return error instanceof AppError && !['UNAVAILABLE', 'RATE_LIMITED', 'OVERLOADED'].includes(error.code);
}

/** A file that is not whole may be readable as a whole. */
function unlessWhole(error: unknown, { extent }: SeenEnds): AppError {
  if (extent !== 'whole' && error instanceof AppError && UNREADABLE.has(error.code)) return error;
  throw error;
}

const UNREADABLE: ReadonlySet<string> = new Set(['UNSUPPORTED_FORMAT', 'FFMPEG_ERROR']);

function subtitlesReport(seen: SeenEnds, container: string): ProbeReport {
  const { bytes } = seen;
  return {
    ...{ kind: 'subtitles', container, bytes, seconds: null, streams: [], other_streams: [] },
    unknown: [{ field: 'seconds', because: 'subtitles are read as a whole, by a job' }, ...unknownSize(seen)],
  };
}

function withoutFacts(seen: SeenEnds, { message }: AppError): ProbeReport {
  const part = seen.extent === 'beginning' ? 'beginning' : 'beginning and the end';
  const because = `the ${part} of the file do${seen.extent === 'beginning' ? 'es' : ''} not suffice: ${message}`;
  const { bytes } = seen;
  return {
    ...{ kind: kindOf(seen), container: containerOf(seen), bytes, seconds: null, streams: null, other_streams: null },
    unknown: [{ field: 'seconds', because }, ...unknownSize(seen), { field: 'streams', because }],
  };
}

function reportOf(seen: SeenEnds, facts: MediaFacts): ProbeReport {
  const unstated = holdsStill(facts.container) ? 'a still picture has no length' : lengthIsUnknown(seen, facts);
  return {
    kind: kindOf(seen),
    container: containerOf(seen) ?? facts.container.split(',')[0] ?? null,
    seconds: unstated === undefined ? facts.seconds : null,
    bytes: seen.bytes,
    streams: usableStreams(facts, unstated === undefined),
    other_streams: otherStreams(facts),
    unknown: [
      ...(unstated === undefined ? [] : [{ field: 'seconds', because: unstated } as const]),
      ...unknownSize(seen),
    ],
  };
}

function kindOf({ format }: SeenEnds): ProbeReport['kind'] {
  return format.kind === 'image' ? 'picture' : 'media';
}

function containerOf({ format }: SeenEnds): string | null {
  if (format.kind === 'image') return format.image;
  if (format.kind === 'subtitles') return format.subtitles;
  return format.container === 'unknown' ? null : format.container;
}

function unknownSize({ bytes, extent }: SeenEnds): UnknownField[] {
  if (bytes !== null) return [];
  const because =
    extent === 'whole' ? 'the server does not state it' : 'the server does not state it, and the file is long';
  return [{ field: 'bytes', because }];
}

/** Demuxers whose files state their length, at their beginning or in an index. */
const STATING: ReadonlySet<string> = new Set([
  ...['mov', 'matroska', 'wav', 'w64', 'flac', 'avi', 'flv', 'aiff', 'caf', 'asf', 'ape', 'wv'],
]);
/** Demuxers that find the length by the last time stamp. */
const BY_END: ReadonlySet<string> = new Set(['ogg', 'mpegts', 'mpeg', 'gif']);

/** Returns why the length that ffprobe reports is a guess; undefined when it is not. */
function lengthIsUnknown({ extent }: SeenEnds, { container, seconds, startSeconds }: MediaFacts): string | undefined {
  const [demuxer = ''] = container.split(',');
  if (seconds === null) return 'the file does not state it';
  // An MP3 file whose header counts its frames also states its first sample.
  if (STATING.has(demuxer) || (demuxer === 'mp3' && startSeconds > 0)) return undefined;
  if (!BY_END.has(demuxer)) return 'the file does not state it, and only decoding all of it would show it';
  if (extent === 'whole' || (extent === 'both_ends' && demuxer !== 'gif')) return undefined;
  return 'only the whole file shows it';
}
