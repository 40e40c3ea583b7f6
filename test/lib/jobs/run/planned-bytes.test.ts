import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlannedOutput } from '#lib/jobs/plan/job-plan.ts';
import { plannedBytes } from '#lib/jobs/run/planned-bytes.ts';
import { mediaFacts, planOf, soundFacts } from '../../../support/job-facts.ts';

const notCopiedBecause = 'video: the output asks for a quality';
const geometry = { width: 1_920, height: 1_080, fit: 'contain', background: '#000000' } as const;
const bytesOf = (output: PlannedOutput): number =>
  plannedBytes({ mix: { base: 'clips', layers: [] }, outputs: [output], seconds: 60 });
const film = { kind: 'film', name: 'film', format: 'mp4', geometry, subtitles: [], notCopiedBecause } as const;
const grid = { fps: { num: 25, den: 1 }, frames: 1_500 } as const;
const sound = { codec: 'aac', kilobits: 128, samples: 2_880_000 } as const;

describe('the planned size of outputs', () => {
  it('follows from their bitrates', () => {
    const video = { codec: 'h264', quality: 'standard', kilobits: 4_000 } as const;
    assert.equal(bytesOf({ ...film, ...grid, video, sound }), (4_128_000 * 60) / 8);
    assert.equal(bytesOf({ kind: 'sound', name: 'sound', format: 'aac', sound, notCopiedBecause }), (128_000 * 60) / 8);
    const plain = { codec: 'pcm', kilobits: null, samples: 2_880_000 } as const;
    assert.equal(
      bytesOf({ kind: 'sound', name: 'sound', format: 'wav', sound: plain, notCopiedBecause }),
      2 * 2 * 2_880_000,
    );
  });

  it('has the parts and the plain sound of a copy that is joined, and counts shared files once', () => {
    const clip = mediaFacts();
    const join = planOf({ steps: [{ op: 'concat', inputs: ['a', 'a'] }] }, { a: clip });
    assert.equal(plannedBytes(join), 2 * 2 * clip.bytes + 20 * 48_000 * 4);
    assert.equal(plannedBytes(planOf({}, { a: clip })), clip.bytes);
    const [one, both] = [['hls'], ['hls', 'dash']].map((formats) =>
      plannedBytes(planOf({ outputs: formats.map((format) => ({ format })) }, { a: clip })),
    );
    assert.equal(one, both);
  });

  it('has sounds that repeat, each once', () => {
    const step = { op: 'audio', mode: 'replace', input: { input: 'b', to: 3 }, loop: true };
    const facts = { a: mediaFacts(), b: mediaFacts([soundFacts({ index: 0 })]) };
    assert.equal(plannedBytes(planOf({ steps: [step] }, facts)), facts.a.bytes + 4 * 3 * 48_000 * 4);
  });

  it('is estimated from the pixels where quality decides', () => {
    const video = { codec: 'h264', quality: 'standard', kilobits: null } as const;
    const megabytes = bytesOf({ ...film, ...grid, video, sound: null }) / 1e6;
    assert.ok(megabytes > 20 && megabytes < 200, `${megabytes} MB`);
    const frame = bytesOf({ kind: 'picture', name: 'poster', format: 'png', geometry, quality: 'standard', frame: 0 });
    assert.ok(frame > 1e6 && frame < 10e6, `${frame} bytes`);
  });
});
