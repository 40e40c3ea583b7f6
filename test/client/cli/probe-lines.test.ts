import assert from 'node:assert/strict';
import { it } from 'node:test';
import { probeLines } from '../../../client/cli/output/probe-lines.ts';

it('the lines of a probe show how a picture is turned, what no job uses, and why a length is unknown', () => {
  const stream = { profile: null, end_seconds: null, default: true } as const;
  const color = { range: null, space: null, primaries: null, transfer: 'arib-std-b67' };
  const upright = { upright_width: 360, upright_height: 640, average_rate: 30_000 / 1_001, base_rate: null };
  const coded = { width: 640, height: 360, rotation: 90, pixel_aspect: 1, pixel_format: 'yuv420p10le', color };
  const lines = probeLines('a.mov', {
    ...{ kind: 'media', container: null, seconds: null, bytes: 1_234_567 },
    streams: [
      { ...stream, type: 'video', index: 0, codec: 'hevc', ...coded, ...upright, start_seconds: 0, language: null },
      { ...stream, type: 'audio', index: 10, codec: 'ac3', sample_rate: 44_100, channels: 6, ...SOUND },
    ],
    other_streams: [{ index: 2, codec: 'mov_text', language: 'eng', not_used_because: 'subtitles' }],
    unknown: [{ field: 'seconds', because: 'the file does not state it' }],
  });
  assert.deepEqual(lines, [
    'a.mov: media, 1.2 MB',
    '   0  video             hevc, 360x640 (coded 640x360, turned by 90°), 29.97 fps, yuv420p10le, arib-std-b67',
    '  10  audio             ac3, 44100 Hz, 6 channels, rus, begins at 0.479 s',
    '   2  subtitles         mov_text, eng, not used',
    '  length unknown: the file does not state it',
  ]);
});

const SOUND = { layout: null, start_seconds: 0.479, language: 'rus' } as const;
