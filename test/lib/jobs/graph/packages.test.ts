import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { mp4Codec } from '#lib/containers/mp4-codec.ts';
import { type Mp4Fragments, mp4Fragments } from '#lib/containers/mp4-fragments.ts';
import { filesOf } from '#lib/jobs/plan/planned-files.ts';
import { segmentFindings } from '#lib/jobs/verify/segments.ts';
import { decode, secondsOf } from '../../../support/audio.ts';
import { type Encoded, encode, measure } from '../../../support/job-encoding.ts';
import { type FilmFolder, filmFolder, RAMP, ramp, rampNumbers, sound, X264 } from '../../../support/job-media.ts';
import { onsets } from '../../../support/tones.ts';

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

async function fragmentsOf(file: string): Promise<Mp4Fragments> {
  await using handle = await open(file);
  const found = await mp4Fragments(async (position, length) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  });
  return found ?? assert.fail(`${file} has no fragments`);
}

/** Returns how each file of a plan is cut, by name. */
async function cuts(made: Encoded): Promise<Map<string, Mp4Fragments>> {
  const names = filesOf(made.plan).map(({ name }) => name);
  return new Map(
    await Promise.all(names.map(async (name, index) => [name, await fragmentsOf(made.output(index))] as const)),
  );
}

const secondsIn = ({ fragments, timescale }: Mp4Fragments) => fragments.map(({ length }) => length / timescale);

/** A film with a beep at each whole second. */
const beeping = (seconds: number, size = '640x360') =>
  films.make(`beeping-${seconds}-${size}`, [
    // Drawn small, because drawing costs more than encoding.
    ...ramp(seconds, { size: '64x36' }),
    ...sound('if(lt(mod(t,1),0.1),0.5*sin(2*PI*1000*t),0)', seconds),
    ...['-vf', `scale=${size.replace('x', ':')}:flags=neighbor`, ...X264, '-c:a', 'aac', '-f', 'mp4'],
  ]);

describe('the files of a package', () => {
  it('have key frames at the same frames in all sizes, and segments of two to six seconds', async () => {
    const request = { outputs: [{ name: 'web', format: 'hls', ladder: ['360p', '240p', 'audio'] }] };
    await using made = await encode(request, { a: await beeping(13) });
    assert.deepEqual(made.findings, []);
    const found = await cuts(made);
    assert.deepEqual([...found.keys()], ['360p', '240p', 'audio']);
    for (const [name, layout] of found) assert.deepEqual(segmentFindings(name, layout), []);
    const [large, small] = [found.get('360p'), found.get('240p')].map((layout) =>
      layout?.fragments.map(({ samples }) => samples),
    );
    assert.deepEqual(
      [large, small],
      [
        [130, 130, 130],
        [130, 130, 130],
      ],
    );
    assert.deepEqual(
      [...found.values()].map(({ moov }) => mp4Codec(moov)?.replace(/(avc1\.64)\w{4}/, '$1')),
      ['avc1.64', 'avc1.64', 'mp4a.40.2'],
    );
    assert.equal((await measure(made.output(0), 'mov')).streams.length, 1);
  });

  it('show each frame and let each sound be heard at its time', async () => {
    await using made = await encode({ outputs: [{ format: 'dash', ladder: ['360p'] }] }, { a: await beeping(7) });
    const numbers = await rampNumbers(made.output(0), { width: 640, height: 360 });
    assert.deepEqual(
      numbers,
      Array.from({ length: 210 }, (_, index) => index % RAMP),
    );
    // A decoder of ours gets the delay of the encoder too, which players leave out by the edit list.
    const { startSeconds } = await measure(made.output(1), 'mov');
    assert.equal(startSeconds, -0.021333);
    const decoded = await decode(made.output(1));
    const heard = onsets(decoded).map((time) => time + startSeconds);
    assert.equal(heard.length, 7);
    for (const [index, time] of heard.entries()) assert.ok(Math.abs(time - index) <= 0.005, `beep ${index} at ${time}`);
    assert.ok(Math.abs(secondsOf(decoded) + startSeconds - 7) < 0.022);
  });

  it('are cut alike when the film is joined from runs', async () => {
    const steps = [{ op: 'concat', inputs: Array.from({ length: 40 }, () => 'a') }];
    const request = { steps, outputs: [{ format: 'hls', ladder: ['240p', 'audio'], quality: 'draft' }] };
    await using made = await encode(request, { a: await beeping(1, '320x180') });
    assert.deepEqual(made.findings, []);
    assert.equal(made.stages.at(-1)?.name, 'join');
    const found = await cuts(made);
    for (const [name, layout] of found) assert.deepEqual(segmentFindings(name, layout), [], name);
    const numbers = await rampNumbers(made.output(0), { width: 320, height: 180 });
    assert.deepEqual(numbers.length, 1_200);
    assert.deepEqual(
      numbers.flatMap((number, index) => (number === (index % 30) % RAMP ? [] : [[index, number]])),
      [],
    );
    assert.equal(found.get('240p')?.fragments.length, 10);
  });

  it('are one segment in a film of less than two seconds', async () => {
    await using made = await encode({ outputs: [{ format: 'hls' }] }, { a: await beeping(1) });
    const found = await cuts(made);
    assert.deepEqual(
      [...found.values()].map((layout) => secondsIn(layout).length),
      [1, 1, 1],
    );
    for (const [name, layout] of found) assert.deepEqual(segmentFindings(name, layout), []);
  });

  it('are shared by two packages with the same ladder', async () => {
    const outputs = [
      { name: 'hls', format: 'hls', ladder: ['240p', 'audio'] },
      { name: 'dash', format: 'dash', ladder: ['240p', 'audio'] },
      { name: 'film', format: 'mp4' },
    ];
    await using made = await encode({ outputs }, { a: await beeping(2) });
    assert.deepEqual(made.findings, []);
    assert.deepEqual(made.stages.flatMap((stage) => stage.outputs).sort(), [
      'output-0.mp4',
      'output-1.mp4',
      'output-2.mp4',
    ]);
  });

  it('use no more than their rung may, also where the picture is noise', async () => {
    const noise = await films.make('noise', [
      ...['-f', 'lavfi', '-i', 'color=gray:s=640x360:r=30:d=8,format=yuv420p,noise=alls=100:allf=t'],
      ...[...X264, '-f', 'mp4'],
    ]);
    await using made = await encode({ outputs: [{ format: 'hls', ladder: ['360p'] }] }, { a: noise });
    const layout = await fragmentsOf(made.output(0));
    const rates = layout.fragments.map(({ bytes, length }) => (bytes * 8) / (length / layout.timescale) / 1_000);
    for (const rate of rates) assert.ok(rate > 500 && rate < 800 * 1.3, `${rate} kbit/s`);
  });
});
