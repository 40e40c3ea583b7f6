import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import { GRAPH_VERSION } from '#lib/jobs/graph/graph-version.ts';
import { stages } from '#lib/jobs/graph/stages.ts';
import { mediaFacts, pictureFacts, planOf, soundFacts } from '../../../support/job-facts.ts';

/** Version → digest of the graphs below. Add an entry when a graph changes; never change one that was released. */
const DIGESTS: Readonly<Record<number, string>> = { 1: 'e4bcd91f5b75fb850573e3d38c133769' };

const PQ = { range: 'tv', space: 'bt2020nc', primaries: 'bt2020', transfer: 'smpte2084' };
const FACTS = {
  a: mediaFacts(),
  b: mediaFacts([pictureFacts({ width: 1440, height: 1080, pixelAspect: 4 / 3, rotation: 90, averageRate: 25 })]),
  c: mediaFacts([soundFacts({ index: 0 })]),
  d: mediaFacts([pictureFacts({ color: PQ, pixelFormat: 'yuv420p10le' }), soundFacts({ channels: 6 })]),
  e: mediaFacts([pictureFacts({ codec: 'vp9', width: 64, height: 64, hasAlphaPicture: true })]),
  f: mediaFacts([pictureFacts({ fieldOrder: 'tt', endSeconds: 4 }), soundFacts()]),
};
const PARTS = ['a', { input: 'b', from: 4, to: 6 }, 'd'];
const REQUESTS = [
  { base: 'a', steps: [{ op: 'trim', from: 1, to: 4 }] },
  {
    steps: [
      { op: 'concat', inputs: PARTS },
      { op: 'scale', width: 320, height: 320, background: 'blur' },
    ],
  },
  {
    steps: [{ op: 'concat', inputs: Array.from({ length: 40 }, () => 'a') }],
    outputs: [{ format: 'mp4', quality: 'draft' }],
  },
  { steps: [{ op: 'concat', inputs: ['a', 'a'] }], outputs: [{ format: 'mkv' }] },
  { steps: [{ op: 'concat', inputs: PARTS, transition: { seconds: 0.5 } }] },
  { base: 'a', outputs: [{ format: 'mov' }, { format: 'hls' }] },
  { steps: [{ op: 'audio', mode: 'replace', input: 'c', loop: true }], base: 'a' },
  {
    base: 'a',
    steps: [
      { op: 'audio', mode: 'mix', input: { input: 'c', to: 2 }, loop: true, duck: true, offset: 1, fade_in: 1 },
      { op: 'audio', mode: 'mix', input: 'c', from: 2, to: 4, volume: 0.5, original_volume: 0.25 },
    ],
    outputs: [{ format: 'mp4' }, { format: 'mkv', quality: 'high' }],
  },
  {
    steps: [
      { op: 'concat', inputs: Array.from({ length: 20 }, () => 'a') },
      { op: 'audio', mode: 'replace', input: 'c', from: 30, to: 34 },
    ],
    outputs: [{ format: 'mp4', quality: 'draft' }, { format: 'hls' }],
  },
  { base: 'c', outputs: [{ format: 'mp3' }, { format: 'wav' }] },
  {
    base: 'd',
    outputs: [
      { format: 'webm', quality: 'high', fps: 24 },
      { format: 'mov', video_bitrate: '900k', width: 64, height: 64, fit: 'cover' },
      { format: 'jpg', at: 2 },
    ],
  },
  { base: 'b', outputs: [{ format: 'png', at: 3 }] },
  {
    base: 'a',
    steps: [
      { op: 'pip', input: { input: 'f', from: 1 }, width: 64, border: { width: 4, radius: 12 }, at_end: 'loop' },
      { op: 'pip', input: 'e', position: 'bottom', height: 0.1, opacity: 0.5, from: 3, to: 8 },
      { op: 'trim', from: 5 },
    ],
    outputs: [{ format: 'mp4' }, { format: 'png', at: 2, width: 320 }],
  },
  {
    base: 'a',
    steps: [{ op: 'text', text: 'Hello', from: 2 }],
    outputs: [{ format: 'mp4' }, { format: 'jpg', at: 3 }],
  },
  {
    base: 'a',
    steps: [
      { op: 'text', text: 'Hello', color: '#ffcc00', box: {}, shadow: {}, from: 1, to: 3, fade_in: 0.5 },
      { op: 'subtitles', mode: 'burn', cues: [{ from: 2, to: 4, text: 'One {two}' }], style: { line_spacing: 4 } },
    ],
  },
];

it('the version of the graphs is raised when they change', () => {
  const files = new Map(Object.keys(FACTS).map((name) => [name, `inputs/${name}`]));
  const all = REQUESTS.map((request) => stages(planOf(request, FACTS), { files, folder: 'outputs' }));
  const digest = createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 32);
  const remedy = `raise GRAPH_VERSION and add its digest, ${digest}, if the same request now makes another file`;
  assert.equal(DIGESTS[GRAPH_VERSION], digest, remedy);
});
