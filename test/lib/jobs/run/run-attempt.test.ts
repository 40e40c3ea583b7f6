import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { FFMPEG } from '../../../support/ffmpeg.ts';
import { serve } from '../../../support/http-source.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';
import { fakeProgram } from './support/fakes.ts';
import { type Attempted, makeFilm, openWorkshop, type Workshop } from './support/workshop.ts';

let workshop: Workshop;
let film: Buffer;

before(async () => {
  workshop = await openWorkshop();
  film = makeFilm(2);
});
after(async () => await workshop?.[Symbol.asyncDispose]());

function outputsOf({ outcome, log }: Attempted) {
  assert.ok(outcome.kind === 'completed', `${JSON.stringify(outcome)}\n${log}`);
  return outcome.result.outputs;
}

/** Returns the frames and samples that a real decoder finds in a file of a result. */
async function decoded(key: string | null): Promise<{ frames: number; samples: number }> {
  using folder = scratchFolder();
  const body = Buffer.from(await (await workshop.fetch(key ?? '')).arrayBuffer());
  writeFileSync(folder.file('a'), body);
  const raw = (stream: string, options: readonly string[]): Buffer => {
    const args = ['-v', 'error', '-i', folder.file('a'), '-map', `0:${stream}?`, ...options, '-y', folder.file('out')];
    writeFileSync(folder.file('out'), '');
    execFileSync(FFMPEG, args);
    return execFileSync('cat', [folder.file('out')], { maxBuffer: 64 << 20 });
  };
  const has = (kind: string) => new RegExp(`: ${kind}:`).test(describedBy(folder.file('a')));
  return {
    frames: has('Video') ? raw('v', ['-pix_fmt', 'gray', '-f', 'rawvideo']).length / (160 * 90) : 0,
    samples: has('Audio') ? raw('a', ['-f', 's16le']).length / 4 : 0,
  };
}

function describedBy(file: string): string {
  try {
    return execFileSync(FFMPEG, ['-hide_banner', '-i', file], { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
  } catch (error) {
    return String((error as { stderr: Buffer }).stderr);
  }
}

describe('an attempt of a job', () => {
  it('makes all outputs, and leaves nothing but them', async () => {
    const inputs = { a: workshop.input('a', film), b: workshop.input('b', serve(film, { breakAfter: [20_000] })) };
    const before = workshop.left().stored;
    const ran = await workshop.run({
      inputs,
      steps: [{ op: 'concat', inputs: ['a', { input: 'b', from: 0.5, to: 1.5 }] }],
      outputs: [
        { name: 'film', format: 'mp4' },
        { name: 'poster', format: 'jpg', at: 1 },
        { name: 'sound', format: 'wav' },
      ],
    });
    const [made, poster, sound] = outputsOf(ran);
    assert.deepEqual(
      outputsOf(ran).map(({ name, duration_seconds: seconds, width, height, video, audio }) => [
        ...[name, seconds, width, height, video, audio],
      ]),
      [
        ['film', 3, 160, 90, 'encoded', 'encoded'],
        ['poster', null, 160, 90, 'encoded', null],
        ['sound', 3, null, null, null, 'encoded'],
      ],
    );
    const whole = await decoded(made?.key ?? null);
    assert.equal(whole.frames, 75);
    assert.ok(Math.abs(whole.samples - 144_000) <= 1_024, `${whole.samples} samples`);
    assert.deepEqual(await decoded(poster?.key ?? null), { frames: 1, samples: 0 });
    assert.deepEqual(await decoded(sound?.key ?? null), { frames: 0, samples: 144_000 });

    const response = await workshop.fetch(made?.key ?? '');
    const body = Buffer.from(await response.arrayBuffer());
    assert.equal(body.length, made?.bytes);
    assert.equal(response.headers.get('content-type'), 'video/mp4');
    assert.equal(response.headers.get('content-disposition'), 'inline; filename="film.mp4"');
    assert.match(made?.key ?? '', /^jobs\/alice\/[\da-f-]{36}\/1\/film\.mp4$/);
    assert.deepEqual(
      ran.objects.map(({ key }) => key),
      outputsOf(ran).map(({ key }) => key),
    );

    const left = workshop.left();
    assert.deepEqual([left.processes, left.scratch], [[], []]);
    assert.ok(left.stored.length > before.length);
  });

  it('makes a film of more clips than one ffmpeg takes', async () => {
    const clips = Array.from({ length: 20 }, (_, index) => ({ input: 'a', from: index / 20, to: index / 20 + 0.2 }));
    const ran = await workshop.run({
      inputs: { a: workshop.input('a', film) },
      steps: [{ op: 'concat', inputs: clips }],
      output: { format: 'mp4' },
    });
    const [made] = outputsOf(ran);
    const { frames, samples } = await decoded(made?.key ?? null);
    assert.equal(frames, 100);
    assert.ok(Math.abs(samples - 192_000) <= 1_024, `${samples} samples`);
    assert.equal(ran.command.split('\n').length - 1, 3);
  });

  it('reports progress that never falls, not below that of earlier attempts, and its phases in order', async () => {
    using folder = scratchFolder();
    const ffmpeg = fakeProgram(folder, 'ffmpeg', 'exec "$FFMPEG" -re "$@"');
    const request = {
      inputs: { a: workshop.input('three', makeFilm(3)) },
      output: { format: 'mp4', quality: 'standard' },
    };
    const ran = await workshop.run(request, { ffmpeg, floor: 1.5 });
    outputsOf(ran);
    const phases = [...new Set(ran.progress.map(({ phase }) => phase))];
    assert.deepEqual(phases, ['fetching', 'probing', 'encoding', 'uploading']);
    const figures = ran.progress.flatMap(({ progress }) => (progress === undefined ? [] : [progress]));
    assert.ok(
      figures.every((figure, index) => figure >= (figures[index - 1] ?? 1.5) && figure <= 99.9),
      `${figures}`,
    );
    assert.ok(new Set(figures).size >= 4, `${figures}`);
    assert.ok(ran.progress.some(({ speed, etaSeconds }) => (speed ?? 0) > 0 && etaSeconds !== null));
  });

  it('keeps the log and the command lines, without secrets', async () => {
    const url = `${workshop.input('a', film)}?token=hunter2`;
    workshop.input('a?token=hunter2', film);
    const ran = await workshop.run({ inputs: { a: url }, output: { format: 'mp3' } });
    outputsOf(ran);
    assert.match(ran.log, /Input #0, mov,mp4.* from 'file:inputs\/a'/);
    assert.match(ran.command, /^ffmpeg .*file:outputs\/output-0\.mp3\n$/);
    assert.doesNotMatch(JSON.stringify(ran), /hunter2/);
  });

  it('keeps what a damaged input has, if the request says so', async () => {
    const long = makeFilm(4);
    const inputs = { a: workshop.input('half', long.subarray(0, long.length / 2)) };
    const ran = await workshop.run({ inputs, output: { format: 'mp4' }, on_damage: 'keep' });
    const [made] = outputsOf(ran);
    assert.ok((made?.duration_seconds ?? 0) > 1);
    assert.match(ran.warnings.join(), /damaged|breaks|broken|ends/);
  });

  it('warns of what is not used', async () => {
    const inputs = { a: workshop.input('a', film), b: workshop.input('nowhere', film) };
    const ran = await workshop.run({ inputs, base: 'a', output: { format: 'mp3' } });
    outputsOf(ran);
    assert.deepEqual(ran.warnings, ['inputs.b is not used']);
    assert.ok(ran.outcome.kind === 'completed');
    assert.deepEqual(ran.outcome.warnings, ['inputs.b is not used']);
  });
});
