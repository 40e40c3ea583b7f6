import type { MediaFacts, StreamFacts } from './facts.ts';
import { probedInput } from './formats.ts';
import { type FrameTimes, frameTimes } from './frame-times.ts';

/**
 * Returns the arguments of ffprobe that print one line for each packet of a file, for `createPacketReader`. It reads
 * the file to its end, and decodes nothing.
 */
export function packetArguments(file: string, container: string): string[] {
  const entries = 'packet=stream_index,pts_time,dts_time,duration_time,size,flags';
  return ['-v', 'error', '-show_entries', entries, '-of', 'csv=p=0', ...probedInput(file, container)];
}

/** What the packets of a stream cover, in the time stamps of the file. */
type Extent = { packets: number; filled: number; end: number; latest: number; last: number; step: number };

const NOTHING: Extent = { packets: 0, filled: 0, end: 0, latest: 0, last: 0, step: 0 };

export type PacketReader = {
  /** Reads one line that ffprobe prints. */
  read(line: string): void;
  /** Returns the facts with measured ends, frames and cuts, and with the place where the file broke. */
  measured(): MediaFacts;
};

/** MP4 has samples of this size where no text is shown: they state a length of 0. */
const EMPTY_TEXT_BYTES = 2;

const LINE = /^(\d+),([^,]*),([^,]*),([^,\s]*)(?:,([^,]*),([^,\s]*))?/;

/** Creates a reader of the packets of a file with these facts. */
export function createPacketReader(facts: MediaFacts): PacketReader {
  const times = new Map<number, FrameTimes>();
  const empty = new Map(facts.streams.map(({ index, codec }) => [index, codec === 'mov_text' ? EMPTY_TEXT_BYTES : 0]));
  for (const stream of facts.streams) if (stream.kind === 'picture') times.set(stream.index, frameTimes(stream));
  const extents = new Map<number, Extent>();
  return {
    read(line) {
      const [found, index, pts, dts, length, size, flags = ''] = LINE.exec(line) ?? [];
      if (found === undefined) return;
      const extent = extents.get(Number(index)) ?? { ...NOTHING };
      extents.set(Number(index), extent);
      // AVI has only decoding times.
      const start = finite(pts) ?? finite(dts) ?? extent.last + extent.step;
      if (extent.packets > 0 && start > extent.last) extent.step = start - extent.last;
      extent.packets += 1;
      if ((finite(size) ?? 0) > (empty.get(Number(index)) ?? 0)) extent.filled += 1;
      extent.last = start;
      extent.end = Math.max(extent.end, start + (finite(length) ?? extent.step));
      extent.latest = Math.max(extent.latest, start);
      times.get(Number(index))?.read({
        ...{
          seconds: start,
          isTimed: finite(pts) !== undefined,
          decodedSeconds: finite(dts) ?? start,
          bytes: finite(size) ?? 0,
        },
        ...{ isKey: flags.includes('K'), isHidden: flags.includes('D') },
      });
    },
    measured() {
      const streams = facts.streams.map((stream) => {
        const measured = withExtent(stream, facts.startSeconds, extents.get(stream.index));
        return { ...measured, ...times.get(stream.index)?.measured(facts.startSeconds) };
      });
      return { ...facts, streams, brokenAtSeconds: breakIn(facts, streams) };
    },
  };
}

function withExtent(stream: StreamFacts, fileStart: number, extent: Extent = NOTHING): StreamFacts {
  if (stream.kind === 'other') return stream.because === 'subtitles' ? { ...stream, cues: extent.filled } : stream;
  const endSeconds = Math.max(0, extent.end - fileStart);
  if (stream.kind === 'sound') return { ...stream, endSeconds };
  return { ...stream, endSeconds, lastFrameSeconds: Math.max(0, extent.latest - fileStart), frames: extent.packets };
}

/** Seconds by which a whole file may be shorter than it states: a rounded length, or a last packet without one. */
const TOLERANCE_SECONDS = 0.5;

/** Returns where the first stream ends that is shorter than the container states; null when none is. */
function breakIn({ container, seconds, startSeconds, streams: stated }: MediaFacts, streams: readonly StreamFacts[]) {
  const [demuxer = ''] = container.split(',');
  // An MP3 file whose header counts its frames also states its first sample.
  if (!STATES_LENGTH.has(demuxer) && !(demuxer === 'mp3' && startSeconds > 0)) return null;
  const ends = streams.flatMap((stream) => (stream.kind === 'other' ? [] : [stream.endSeconds ?? 0]));
  const whole = Math.max(...ends);
  if (stated.some((stream) => stream.kind !== 'other' && stream.endSeconds !== null)) {
    const broken = stated.flatMap((stream, index) => {
      const end = endOf(streams[index]);
      return (endOf(stream) ?? 0) - TOLERANCE_SECONDS > (end ?? 0) ? [end ?? 0] : [];
    });
    return broken.length > 0 ? Math.min(...broken) : null;
  }
  return seconds !== null && whole < seconds - TOLERANCE_SECONDS ? Math.min(...ends) : null;
}

/** Demuxers that report the length that the file states, where others measure or estimate it. */
const STATES_LENGTH: ReadonlySet<string> = new Set(['mov', 'matroska', 'flv', 'flac']);

function endOf(stream: StreamFacts | undefined): number | null {
  return stream === undefined || stream.kind === 'other' ? null : stream.endSeconds;
}

function finite(text: string | undefined): number | undefined {
  const number = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}
