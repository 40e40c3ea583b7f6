import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StreamFacts } from '#lib/jobs/media/facts.ts';
import { errorOf, suspectsOf } from '#lib/jobs/verify/damage.ts';
import type { Expected } from '#lib/jobs/verify/expected.ts';
import { verify } from '#lib/jobs/verify/verify.ts';
import { mediaFacts, pictureFacts, soundFacts } from '../../../support/job-facts.ts';

const EXPECTED: Expected = {
  ...{ file: 'output-0.mp4', demuxer: 'mov', output: 0 },
  picture: { codec: 'h264', width: 640, height: 360, rotation: 0, frames: 300, rate: 30 },
  sound: { codec: 'aac', samples: 480_000, rate: 48_000 },
};

/** Returns the findings as `what expected found`. */
function findings(streams: readonly StreamFacts[], expected: Expected = EXPECTED): string[] {
  return verify(expected, mediaFacts(streams)).map(({ what, isShorter, ...values }) =>
    [what, values.expected, values.found, ...(isShorter ? ['shorter'] : [])].join(' | '),
  );
}

describe('the verification of a file', () => {
  it('finds nothing when all is as planned, within a frame', () => {
    assert.deepEqual(findings([pictureFacts(), soundFacts()]), []);
    assert.deepEqual(findings([pictureFacts({ frames: 301 }), soundFacts({ endSeconds: 10.021 })]), []);
  });

  it('finds missing and additional streams', () => {
    assert.deepEqual(findings([pictureFacts()]), [
      'streams | 1 picture, 1 sound, 2 in all | 1 picture, 0 sound, 1 in all',
    ]);
    const data = { kind: 'other', index: 2, codec: null, language: null, because: 'data' } as const;
    assert.match(findings([pictureFacts(), soundFacts(), data]).join(), /^streams .* 3 in all$/);
  });

  it('finds another size, codec or rotation', () => {
    const picture = pictureFacts({ codec: 'vp9', width: 320, rotation: 90 });
    assert.deepEqual(findings([picture, soundFacts({ codec: 'mp3' })]), [
      'codec | h264 | vp9',
      'size | 640x360 | 320x360, rotated by 90',
      'codec | aac | mp3',
    ]);
  });

  it('finds that frames or sound are missing, or end apart', () => {
    assert.deepEqual(findings([pictureFacts({ frames: 200 }), soundFacts({ endSeconds: 9.9 })]), [
      'frames | 300 | 200 | shorter',
      'samples | 480000 | 475200 | shorter',
      'sync | 10 | 9.9',
    ]);
    assert.deepEqual(findings([pictureFacts({ frames: 310 }), soundFacts()]), ['frames | 300 | 310']);
  });

  it('accepts the encoder delay of bare AAC and MP3', () => {
    const expected = { ...EXPECTED, picture: null };
    const facts = { ...mediaFacts([soundFacts({ endSeconds: 10.06 })]), container: 'aac' };
    assert.deepEqual(verify(expected, facts), []);
  });
});

describe('the error for a file that is not as planned', () => {
  const short = verify(EXPECTED, mediaFacts([pictureFacts({ frames: 200 }), soundFacts()]));
  const clip = {
    ...{ input: 'a', container: 'mov,mp4', from: 0, to: 10, firstFrame: 0, frames: 300, firstSample: 0, samples: 1 },
    picture: {
      ...({ stream: 2, width: 2, height: 2, rotation: 0, isBt709: true, hasAlpha: false, light: 'sdr' } as const),
      ...{
        isStill: false,
        missing: 0,
        slack: 0,
        padding: 0,
        decoder: null,
        coded: { width: 2, height: 2 },
        isInterlaced: false,
      },
    },
    ...{ sound: null, isMono: false, continues: false, transition: null },
  } as const;
  const [suspect] = suspectsOf([clip, { ...clip, to: 12 }], { inputs: ['a', 'b'], files: new Map([['a', '/s/a']]) });

  it('names the input that cannot be decoded to where it is needed', () => {
    assert.ok(suspect);
    assert.deepEqual([suspect.input, suspect.neededSeconds], ['a', 12]);
    assert.match(suspect.args.join(' '), /-f mov -i file:\/s\/a -map 0:2 /);
    const { code, details } = errorOf(short, [{ ...suspect, decodedSeconds: 6.6667 }]);
    assert.deepEqual([code, details], ['SOURCE_DAMAGED', { input: 'a', at_seconds: 6.667, phase: 'encoding' }]);
  });

  it('is FFMPEG_ERROR with the findings when no input is broken', () => {
    assert.ok(suspect);
    const { code, message, details } = errorOf(short, [{ ...suspect, decodedSeconds: 11.9 }]);
    assert.equal(code, 'FFMPEG_ERROR');
    assert.equal(message, 'the result is not as planned: frames 200, not 300');
    assert.equal(details['reason'], 'unexpected_result');
  });
});
