import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { createShare } from '#lib/work/shares.ts';
import { eventually } from '../../../support/eventually.ts';
import { FFMPEG, MEDIA_FFMPEG } from '../../../support/ffmpeg.ts';
import { answer, fallSilent } from '../../../support/http-source.ts';
import { type ScratchFolder, scratchFolder } from '../../../support/scratch-folder.ts';
import { failureOf } from '../run/support/failure.ts';
import { NOTHING_LEFT, openWorkshop, type Workshop } from '../run/support/workshop.ts';

const FPS = 25;

let folder: ScratchFolder;
let workshop: Workshop;
before(async () => {
  folder = scratchFolder();
  workshop = await openWorkshop();
});
after(async () => {
  await workshop[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

type FilmOptions = { readonly rate?: string; readonly size?: string; readonly options?: readonly string[] };

/** Serves a film of a moving test picture, at this rate and size, in a container. */
function film(
  name: string,
  seconds: number,
  { rate = '25', size = '160x90', options = ['-f', 'mp4'] }: FilmOptions = {},
) {
  const path = folder.file(name);
  execFileSync(MEDIA_FFMPEG, [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`],
    ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`, '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-g', '50', '-c:a', 'aac', ...options, path],
  ]);
  return workshop.input(name, readFileSync(path));
}

/** Decodes one picture, or one frame of a film, to RGB. */
function pixels(file: Buffer, frame = 0): Buffer {
  const path = folder.file('measured');
  writeFileSync(path, file);
  const filters = `select=eq(n\\,${frame}),scale=flags=bicubic+accurate_rnd+full_chroma_int:in_color_matrix=bt709,format=rgb24`;
  const args = ['-v', 'error', '-i', path, '-vf', filters, '-frames:v', '1', '-f', 'rawvideo', '-'];
  return execFileSync(FFMPEG, args, { maxBuffer: 64 << 20 });
}

/** Peak signal-to-noise ratio of two pictures, dB. */
function psnr(one: Buffer, other: Buffer): number {
  assert.equal(one.length, other.length);
  const squares = one.reduce((sum, value, index) => sum + (value - (other[index] ?? 0)) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / Math.max(1e-9, squares / one.length));
}

async function encoded(request: object): Promise<Buffer> {
  const { outcome } = await workshop.run(request);
  assert.equal(outcome.kind, 'completed', outcome.kind === 'failed' ? outcome.error.message : '');
  const key = outcome.kind === 'completed' ? (outcome.result.outputs[0]?.key ?? '') : '';
  const response = await workshop.fetch(key);
  await workshop.results.remove({ key });
  return Buffer.from(await response.arrayBuffer());
}

const OUTPUT = { format: 'mp4', quality: 'high' };

describe('the preview of a job', () => {
  it('is the frame that the job encodes, at any time and after clips of any kind', async () => {
    const inputs = {
      a: film('one', 2, { options: ['-bf', '2', '-f', 'mp4'] }),
      b: film('two', 1.48, { rate: '30000/1001', size: '120x120', options: ['-f', 'matroska'] }),
      c: film('three', 3, { rate: '24', options: ['-f', 'mpegts'] }),
      d: film('four', 1.3, { rate: '50', options: ['-c:v', 'mpeg4', '-q:v', '2', '-f', 'avi'] }),
      e: film('five', 2, { size: '320x180', options: ['-movflags', '+faststart', '-f', 'mov'] }),
    };
    const steps = [
      { op: 'concat', inputs: ['a', 'b', { input: 'c', from: 0.7 }, 'd', { input: 'e', from: 0.2, to: 1.9 }] },
      { op: 'trim', from: 0.5 },
    ];
    const result = await encoded({ inputs, steps, output: OUTPUT });
    let distinct = 0;
    for (const at of [0, 0.4, 1.5, 1.52, 2.9, 3.2, 5.4, 6.6, 7.9]) {
      const { png, warnings } = await workshop.preview({ inputs, steps, output: OUTPUT, at });
      const frame = Math.floor(at * FPS + 1e-3);
      const [shown, same] = [pixels(png), psnr(pixels(png), pixels(result, frame))];
      assert.ok(same > 36, `${same} dB at ${at} s`);
      // The frames before and after differ more, but where a clip of another rate repeats one.
      for (const other of [frame - 1, frame + 1].filter((number) => number >= 0)) {
        const alike = psnr(shown, pixels(result, other));
        assert.ok(alike < same + 0.1, `frame ${other}: ${alike} dB, frame ${frame}: ${same} dB`);
        if (alike < same - 3) distinct += 1;
      }
      assert.deepEqual(warnings, []);
    }
    assert.ok(distinct >= 14, `${distinct} of 17 neighbours`);
    assert.deepEqual(workshop.left(), NOTHING_LEFT);
  });

  it('has the size of the first output with a picture, else that of the timeline', async () => {
    const inputs = { a: film('sized', 1) };
    const sizes = [
      [{}, 160, 90],
      [{ outputs: [{ format: 'mp3' }, { format: 'jpg', width: 64, height: 64, fit: 'cover' }] }, 64, 64],
      [{ output: { format: 'webm', height: 180 } }, 320, 180],
      [{ steps: [{ op: 'scale', width: 80, height: 40 }], output: { format: 'mp3' } }, 80, 40],
    ] as const;
    for (const [request, width, height] of sizes) {
      const { png } = await workshop.preview({ inputs, ...request, at: 0.5 });
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [width, height]);
    }
  });

  it('reads only the input of the frame as a whole, and of the others the ends', async () => {
    const busy = ['-vf', 'noise=alls=60:allf=t', '-preset', 'ultrafast', '-qp', '0', '-f', 'mp4'];
    const names = ['first', 'second', 'third'];
    const inputs = Object.fromEntries(names.map((name) => [name, film(name, 4, { size: '256x144', options: busy })]));
    assert.ok(readFileSync(folder.file('first')).length > 3 << 20);
    const earlier = workshop.requests().length;
    const steps = [{ op: 'concat', inputs: names }];
    const { png } = await workshop.preview({ inputs, steps, at: 6 });
    assert.ok(png.length > 1_000);
    const requests = workshop.requests().slice(earlier);
    const counts = names.map((name) => requests.filter(({ url }) => url === `/${name}`).length);
    // Beginning, end; and for the second one, the whole.
    assert.deepEqual(counts, [2, 3, 2]);
  });

  it('counts the CPU time of ffmpeg, and warns as the job would', async () => {
    const used: [string, number][] = [];
    const inputs = { a: film('warned', 1), b: film('unused', 1) };
    const { warnings } = await workshop.preview(
      { inputs, base: 'a', steps: [{ op: 'trim', to: 5 }], at: 0.2 },
      { usedCpu: (account, seconds) => void used.push([account, seconds]) },
    );
    assert.match(warnings.join(), /inputs\.b is not used/);
    assert.match(warnings.join(), /steps\[0\]\.to is 5, after the end/);
    assert.ok(used.some(([account, seconds]) => account === 'alice' && seconds > 0));
  });
});

describe('a preview that cannot be made', () => {
  it('has the error of the job, and leaves nothing', async () => {
    const a = film('refused', 1);
    const cut = workshop.input('cut', readFileSync(folder.file('refused')).subarray(0, 20_000));
    const words = workshop.input('words', Buffer.from('1\n00:00:01,000 --> 00:00:02,000\nHello\n'));
    const missing = workshop.input('missing', answer(404));
    for (const [request, expected] of [
      [
        { inputs: { a }, at: 3 },
        { code: 'VALIDATION_ERROR', details: { field: 'at', value: 3, phase: 'probing' } },
      ],
      [{ inputs: { a }, output: { format: 'jpg', at: 9 } }, { details: { field: 'outputs[0].at' } }],
      [{ inputs: { a: missing } }, { code: 'DOWNLOAD_FAILED', details: { field: 'inputs.a', status: 404 } }],
      [{ inputs: { a: words } }, { code: 'UNSUPPORTED_FORMAT', details: { field: 'inputs.a' } }],
      [{ inputs: { a: cut } }, { details: { field: 'inputs.a' } }],
      [{ inputs: { a }, steps: [{ op: 'trim', from: 5 }] }, { details: { field: 'steps[0].from' } }],
    ] as const) {
      assert.partialDeepStrictEqual(await failureOf(workshop.preview(request)), expected);
    }
    assert.deepEqual(workshop.left(), NOTHING_LEFT);
  });

  it('ends with its request, in every phase, and leaves nothing', async () => {
    const a = film('left', 1);
    const hanging = folder.file('hanging');
    writeFileSync(hanging, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
    const silent = workshop.input('silent', fallSilent(readFileSync(folder.file('left')).subarray(0, 5_000)));
    for (const [request, options] of [
      [{ inputs: { a: silent } }, {}],
      [{ inputs: { a } }, { ffmpeg: hanging }],
    ] as const) {
      const leaving = new AbortController();
      const previews = createShare({ budget: 'previews', limit: 1, reserve: 0 });
      const preview = workshop.preview(request, { ...options, previews, signal: leaving.signal });
      const failed = assert.rejects(preview, { message: 'the client left' });
      await eventually(() => {
        const { scratch, processes } = workshop.left();
        assert.equal(scratch.length, 1);
        if ('ffmpeg' in options) assert.ok(processes.includes('sleep'), processes.join());
      });
      leaving.abort(new Error('the client left'));
      await failed;
      await eventually(() => assert.deepEqual(workshop.left(), NOTHING_LEFT));
      assert.equal(previews.total(), 0);
    }
  });

  it('is given up after its time', async () => {
    const silent = workshop.input('slow', fallSilent());
    const failure = await failureOf(workshop.preview({ inputs: { a: silent } }, { timeoutMs: 200 }));
    assert.deepEqual([failure.code, failure.recoverable, failure.details], ['TIMEOUT', true, { limit_seconds: 0.2 }]);
    assert.deepEqual(workshop.left(), NOTHING_LEFT);
  });

  it('is refused while others are made, and kept places are for other callers', async () => {
    const silent = workshop.input('held', fallSilent());
    const previews = createShare({ budget: 'previews', limit: 1, reserve: 1 });
    const leaving = new AbortController();
    const other = { subject: 'bob', scopes: ['jobs'], via: 'token' } as const;
    const running = [{}, { caller: other }].map((options) =>
      assert.rejects(workshop.preview({ inputs: { a: silent } }, { ...options, previews, signal: leaving.signal })),
    );
    await eventually(() => assert.equal(previews.total(), 2));
    const failure = await failureOf(workshop.preview({ inputs: { a: silent } }, { previews }));
    assert.deepEqual([failure.code, failure.details['budget']], ['OVERLOADED', 'previews']);
    assert.ok(Number(failure.details['retry_after_seconds']) > 0);
    leaving.abort(new Error('enough'));
    await Promise.all(running);
    await eventually(() => assert.deepEqual(workshop.left(), NOTHING_LEFT));
  });
});
