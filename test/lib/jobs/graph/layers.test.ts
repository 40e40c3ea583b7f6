import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EncodeStage } from '#lib/jobs/graph/stage.ts';
import { stages } from '#lib/jobs/graph/stages.ts';
import { planOf } from '../../../support/job-facts.ts';

const compiled = (request: object): EncodeStage[] =>
  stages(planOf({ base: 'a', ...request }), { files: new Map([['a', 'inputs/a']]), folder: 'outputs' });
const graphOf = ({ args }: EncodeStage) => args[args.indexOf('-filter_complex') + 1] ?? '';
const text = (fields: object = {}) => ({ op: 'text', text: 'Hello', ...fields });
/** Returns the size of the picture and of the letters of each file of texts. */
const sizesOf = ({ writes }: EncodeStage) =>
  writes.map((written) => {
    const ass = String(written.text);
    const size = [/PlayResX: (\d+)/, /PlayResY: (\d+)/].map((pattern) => Number(pattern.exec(ass)?.[1]));
    return [...size, Number(/^Style: [^,]+,[^,]+,([\d.]+)/m.exec(ass)?.[1])];
  });

describe('layers in a graph', () => {
  it('have a file of texts for each size of the picture, which is freed with the stage', () => {
    const outputs = [{ format: 'mp4' }, { format: 'mp4', width: 320, height: 180 }];
    const [stage] = compiled({ steps: [text({ font_size: 48 })], outputs });
    assert.ok(stage !== undefined);
    assert.deepEqual(sizesOf(stage), [
      [640, 360, 48],
      [320, 180, 48],
    ]);
    assert.deepEqual(
      stage.frees,
      stage.writes.map(({ name }) => name),
    );
    for (const { name } of stage.writes) assert.ok(graphOf(stage).includes(`ass=filename=outputs/${name}`));
  });

  it('look the same on all rungs of a ladder', () => {
    const outputs = [{ format: 'hls', ladder: ['360p', '240p'] }];
    const [stage] = compiled({ steps: [text({ font_size: 48 })], outputs });
    assert.ok(stage !== undefined);
    const [large = [], small = []] = sizesOf(stage);
    assert.deepEqual(large, [640, 360, 48]);
    assert.ok(Math.abs((small[2] ?? 0) - (48 * (small[1] ?? 0)) / 360) < 0.5, `letters of ${small}`);
  });

  it('are left out of runs that do not show them', () => {
    const steps = [{ op: 'concat', inputs: Array.from({ length: 40 }, () => 'a') }, text({ from: 200, to: 210 })];
    const runs = compiled({ steps }).filter(({ name }) => name.startsWith('run'));
    assert.deepEqual(
      runs.map(({ writes }) => writes.length),
      [0, 1, 0],
    );
  });

  it('convert the colours of pictures for texts that are not grey, and for no others', () => {
    const graphs = [text({ color: '#ff0000' }), text({ color: '#808080' })].map((step) =>
      compiled({ steps: [step], outputs: [{ format: 'mp4' }] })
        .map(graphOf)
        .join(''),
    );
    assert.deepEqual(
      graphs.map((graph) => graph.match(/colormatrix=/g)?.length ?? 0),
      [2, 0],
    );
  });

  it('have the pixel format of the timeline after each', () => {
    const [stage] = compiled({
      steps: [text({ x: 1, y: 1 }), text(), text({ x: 1, y: 1 }), text()],
      outputs: [{ format: 'mp4' }],
    });
    assert.ok(stage !== undefined);
    assert.match(
      graphOf(stage),
      /ass=[^;]*,format=yuv420p\[layer0g0\];\[layer0g0\]ass=[^;]*,format=yuv420p\[layer1g0\]/,
    );
  });
});
