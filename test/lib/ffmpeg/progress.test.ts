import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { applyProgressLine, NO_PROGRESS, type Progress } from '#lib/ffmpeg/progress.ts';

const KEYS = [
  ...['out_time_us', 'out_time_ms', 'out_time', 'total_size', 'speed', 'frame', 'fps'],
  ...['drop_frames', 'dup_frames', 'bitrate', 'progress', 'stream_0_0_q'],
];
const VALUES = [
  'N/A',
  '',
  'nan',
  '-inf',
  'inf',
  'NaN',
  'Infinity',
  '-9223372036854775808',
  '1e400',
  '0x',
  'continue',
  'end',
];

const value = fc.oneof(
  fc.constantFrom(...VALUES),
  fc.integer().map(String),
  fc.double().map(String),
  fc.double({ noNaN: true }).map((speed) => `${speed}x`),
  fc.string(),
);
const knownLine = fc.tuple(fc.constantFrom(...KEYS), value).map(([key, text]) => `${key}=${text}`);
const anyLine = fc.oneof(
  knownLine,
  fc.string(),
  fc.tuple(fc.string(), value).map(([key, text]) => `${key}=${text}`),
);

const POSITIONS = ['outTimeSeconds', 'totalBytes', 'frame', 'droppedFrames', 'duplicatedFrames'] as const;

function apply(lines: readonly string[]): Progress {
  return lines.reduce(applyProgressLine, NO_PROGRESS);
}

describe('progress', () => {
  it('parses the output of ffmpeg', () => {
    const block = [
      ...['frame=12', 'fps=24.5', 'stream_0_0_q=-0.0', 'bitrate= 128.2kbits/s', 'total_size=81920'],
      ...['out_time_us=5120000', 'out_time_ms=5120000', 'out_time=00:00:05.120000', 'dup_frames=1', 'drop_frames=2'],
      ...['speed=10.2x', 'progress=continue'],
    ];
    assert.deepEqual(apply(block), {
      outTimeSeconds: 5.12,
      totalBytes: 81_920,
      speed: 10.2,
      frame: 12,
      fps: 24.5,
      droppedFrames: 2,
      duplicatedFrames: 1,
      ended: false,
    });
  });

  it('has ended when ffmpeg reports the end', () => {
    assert.equal(apply(['progress=continue', 'progress=end']).ended, true);
  });

  it('keeps its positions and has no speed when ffmpeg reports N/A', () => {
    const known = apply(['out_time_us=5000000', 'total_size=1000', 'speed= 1.5x', 'frame=3']);
    const later = ['out_time_us=N/A', 'total_size=N/A', 'speed=N/A', 'frame=N/A'].reduce(applyProgressLine, known);
    assert.deepEqual(later, { ...known, speed: null });
  });

  it('never decreases for any lines', () => {
    fc.assert(
      fc.property(fc.array(anyLine), (lines) => {
        let previous = NO_PROGRESS;
        for (const line of lines) {
          const next = applyProgressLine(previous, line);
          for (const position of POSITIONS) assert.ok(next[position] >= previous[position], `${position}: ${line}`);
          previous = next;
        }
      }),
    );
  });

  it('is never NaN or infinite for any lines', () => {
    fc.assert(
      fc.property(fc.array(anyLine), (lines) => {
        const { ended, speed, ...numbers } = apply(lines);
        assert.equal(typeof ended, 'boolean');
        for (const number of [speed ?? 0, ...Object.values(numbers)]) assert.ok(Number.isFinite(number), lines.join());
      }),
    );
  });

  it('ignores unknown lines', () => {
    for (const line of ['', '=', 'frame', 'constructor=1', '__proto__=1', 'toString=1', 'bitrate=1']) {
      assert.equal(applyProgressLine(NO_PROGRESS, line), NO_PROGRESS, line);
    }
  });
});
