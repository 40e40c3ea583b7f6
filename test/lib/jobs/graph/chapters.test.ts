import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { FFMPEG } from '../../../support/ffmpeg.ts';
import { encode } from '../../../support/job-encoding.ts';
import { type FilmFolder, filmFolder, ramp, sound, X264 } from '../../../support/job-media.ts';

const run = promisify(execFile);
const FFPROBE = FFMPEG === 'ffmpeg' ? 'ffprobe' : join(dirname(FFMPEG), 'ffprobe');

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

/** Its own chapter, title and handler must not reach a result. */
const second = () => {
  const own = ['-metadata', 'title=own', '-metadata:s:v', 'title=own'];
  return films.make('second', [...ramp(1), ...sound('0.1*sin(880*PI*t)', 1), ...X264, ...own, '-f', 'matroska']);
};

async function chaptersOf(file: string) {
  const { stdout } = await run(FFPROBE, ['-v', 'error', '-show_chapters', '-show_format', '-of', 'json', file]);
  const { chapters, format } = JSON.parse(stdout);
  const shown = chapters.map(({ start_time: start, end_time: end, tags }: Record<string, never>) => [
    ...[start, end].map(Number),
    (tags as { title?: string } | undefined)?.title,
  ]);
  return { shown, title: format.tags?.title };
}

const rounded = (seconds: number): number => Math.round(seconds * 1_000) / 1_000;
const TITLES = ['= ; # \\ [CHAPTER]', 'Größe – 第二章'];
const marks = {
  op: 'chapters',
  chapters: [
    { at: 0, title: TITLES[0] },
    { at: 1.2, title: TITLES[1] },
  ],
};

describe('chapters', () => {
  it('are in every format of films, with their titles letter for letter, together with subtitles', async () => {
    const subtitles = { op: 'subtitles', mode: 'embed', input: 's' };
    const request = {
      steps: [{ op: 'concat', inputs: ['a', 'a'] }, marks, subtitles],
      outputs: ['mp4', 'mov', 'mkv', 'webm'].map((format) => ({ format, quality: 'draft' })),
    };
    const texts = { s: Buffer.from('1\n00:00:00,500 --> 00:00:01,000\nHello\n') };
    await using made = await encode(request, { a: await second() }, { texts });
    assert.deepEqual(made.findings, []);
    for (const index of [0, 1, 2, 3]) {
      const { shown, title } = await chaptersOf(made.output(index));
      assert.deepEqual(shown, [
        [0, 1.2, TITLES[0]],
        [1.2, rounded(made.plan.seconds), TITLES[1]],
      ]);
      assert.equal(title, undefined);
    }
  });

  it('are in films of runs, and in copies', async () => {
    const steps = (count: number) => [
      { op: 'concat', inputs: Array.from({ length: count }, () => 'a') },
      { ...marks, chapters: [...marks.chapters, { at: 1.5, title: 'three' }] },
    ];
    const files = { a: await second() };
    await using long = await encode({ steps: steps(17), outputs: [{ format: 'mp4', quality: 'draft' }] }, files);
    assert.deepEqual(long.findings, []);
    assert.deepEqual((await chaptersOf(long.output())).shown[2], [1.5, rounded(long.plan.seconds), 'three']);
    await using copied = await encode({ steps: steps(2), outputs: [{ format: 'mkv' }] }, files);
    assert.equal(copied.plan.outputs[0]?.kind, 'copy');
    assert.deepEqual(copied.findings, []);
    assert.deepEqual((await chaptersOf(copied.output())).shown[2], [1.5, rounded(copied.plan.seconds), 'three']);
  });
});
