/** The last values of ffmpeg's `-progress`. Positions never decrease and are never NaN. */
export type Progress = {
  /** Seconds of output, as counted by the encoder. */
  readonly outTimeSeconds: number;
  /** Bytes the muxer has written. */
  readonly totalBytes: number;
  /** Seconds of output per second of real time; null while unknown. */
  readonly speed: number | null;
  readonly frame: number;
  readonly fps: number;
  readonly droppedFrames: number;
  readonly duplicatedFrames: number;
  /** Whether ffmpeg has reported `progress=end`. */
  readonly ended: boolean;
};

export const NO_PROGRESS: Progress = {
  outTimeSeconds: 0,
  totalBytes: 0,
  speed: null,
  frame: 0,
  fps: 0,
  droppedFrames: 0,
  duplicatedFrames: 0,
  ended: false,
};

type Update = (value: string, previous: Progress) => Partial<Progress>;

const UPDATES: Readonly<Record<string, Update>> = {
  // Microseconds. `out_time_ms` has the same value in 5.1 and 7.x.
  out_time_us: (value, previous) => ({ outTimeSeconds: notBelow(previous.outTimeSeconds, Number(value) / 1e6) }),
  total_size: (value, previous) => ({ totalBytes: notBelow(previous.totalBytes, Number(value)) }),
  speed: (value) => ({ speed: finiteOr(null, Number.parseFloat(value)) }),
  frame: (value, previous) => ({ frame: notBelow(previous.frame, Number(value)) }),
  fps: (value) => ({ fps: finiteOr(0, Number(value)) }),
  drop_frames: (value, previous) => ({ droppedFrames: notBelow(previous.droppedFrames, Number(value)) }),
  dup_frames: (value, previous) => ({ duplicatedFrames: notBelow(previous.duplicatedFrames, Number(value)) }),
  progress: (value) => ({ ended: value === 'end' }),
};

/** Applies one `key=value` line of `-progress`. Unknown keys and `N/A` change nothing. */
export function applyProgressLine(previous: Progress, line: string): Progress {
  const separator = line.indexOf('=');
  const key = line.slice(0, Math.max(0, separator));
  const update = Object.hasOwn(UPDATES, key) ? UPDATES[key] : undefined;
  return update === undefined ? previous : { ...previous, ...update(line.slice(separator + 1).trim(), previous) };
}

/** Returns the greater of two numbers; `previous` if `next` is not finite. */
export function notBelow(previous: number, next: number): number {
  return Number.isFinite(next) ? Math.max(previous, next) : previous;
}

function finiteOr<Fallback>(fallback: Fallback, value: number): number | Fallback {
  return Number.isFinite(value) ? value : fallback;
}
