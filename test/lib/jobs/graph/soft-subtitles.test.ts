import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { parseSubtitles } from '#lib/jobs/subtitles/parse.ts';
import { verify } from '#lib/jobs/verify/verify.ts';
import { MEDIA_FFMPEG } from '../../../support/ffmpeg.ts';
import { type Encoded, encode, measure } from '../../../support/job-encoding.ts';
import { type FilmFolder, filmFolder, packetDigests, ramp, sound, X264 } from '../../../support/job-media.ts';

const run = promisify(execFile);
const AAC = ['-c:a', 'aac', '-b:a', '96k'];
const embed = (fields: object = {}) => ({ op: 'subtitles', mode: 'embed', input: 'subs', ...fields });

const RUSSIAN =
  '1\r\n00:00:00,500 --> 00:00:01,250\r\nПривет, мир!\r\nЁлка & «ель»\r\n\r\n2\r\n00:00:02,000 --> 00:00:02,750\r\nПока…\r\n\r\n';
const CP1251 = Buffer.from([...RUSSIAN.replace('…', '\x85')].map(cp1251));
const UTF16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(RUSSIAN, 'utf16le')]);
const SHOWN = [
  [500, 1_250, 'Привет, мир!\nЁлка & «ель»'],
  [2_000, 2_750, 'Пока…'],
];

function cp1251(character: string): number {
  const code = character.charCodeAt(0);
  const others: Readonly<Record<string, number>> = { Ё: 0xa8, '«': 0xab, '»': 0xbb };
  return others[character] ?? (code >= 0x410 ? code - 0x350 : code);
}

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

const film = () =>
  films.make('film', [...ramp(3), ...sound('0.2*sin(880*PI*t)', 3), ...X264, '-g', '30', ...AAC, '-f', 'mp4']);

/** Reads the cues of a stream of subtitles back, as ffmpeg decodes them. Times count from the first frame. */
async function cuesIn(file: string, stream = 0): Promise<unknown[]> {
  const args = ['-v', 'error', '-copyts', '-i', `file:${file}`, '-map', `0:s:${stream}`, '-f', 'srt', '-'];
  const { cues } = parseSubtitles((await run(MEDIA_FFMPEG, args)).stdout);
  // Matroska moves all streams by what the encoder of the sound has put in front.
  const start = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'stream=start_time', '-of', 'csv=p=0'];
  const startMs = Math.round(Number((await run('ffprobe', [...start, `file:${file}`])).stdout) * 1_000);
  return cues.map(({ fromMs, toMs, text }) => [fromMs - startMs, toMs - startMs, text]);
}

async function streamsOf(file: string): Promise<string[]> {
  const entries = 'stream=codec_name:stream_tags=language:stream_disposition=default';
  const args = ['-v', 'error', '-select_streams', 's', '-show_entries', entries, '-of', 'csv=p=0', `file:${file}`];
  return (await run('ffprobe', args)).stdout.trim().split('\n');
}

function isCopied({ plan }: Encoded): void {
  assert.deepEqual(
    plan.outputs.map(({ kind }) => kind),
    ['copy'],
  );
}

describe('embedded subtitles', () => {
  for (const [format, codec, more] of [
    ['mp4', 'mov_text', {}],
    ['mov', 'mov_text', {}],
    ['mkv', 'subrip', {}],
    ['webm', 'webvtt', { quality: 'draft', width: 32 }],
  ] as const) {
    for (const [name, bytes, fields] of [
      ['a named encoding', CP1251, { encoding: 'windows-1251' }],
      ['UTF-16', UTF16, {}],
      ['a guessed encoding', CP1251, {}],
    ] as const) {
      it(`of ${name} are a stream of ${format}, to the letter`, async () => {
        const steps = [embed({ language: 'rus', default: true, ...fields })];
        const options = { texts: { subs: bytes } };
        await using made = await encode({ steps, outputs: [{ format, ...more }] }, { a: await film() }, options);
        assert.deepEqual(made.findings, []);
        assert.deepEqual(await cuesIn(made.output()), SHOWN);
        assert.deepEqual(await streamsOf(made.output()), [`${codec},1,rus`]);
        if (format === 'webm') return;
        isCopied(made);
        assert.deepEqual(await packetDigests(made.output()), await packetDigests(await film()));
      });
    }
  }

  it('are several streams, of which one is the default', async () => {
    const english = Buffer.from('WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n');
    const steps = [embed({ language: 'rus' }), embed({ input: 'en', language: 'eng', default: true })];
    const texts = { subs: UTF16, en: english };
    for (const format of ['mp4', 'mkv']) {
      await using made = await encode({ steps, outputs: [{ format }] }, { a: await film() }, { texts });
      assert.deepEqual(made.findings, []);
      isCopied(made);
      assert.deepEqual(
        (await streamsOf(made.output())).map((line) => line.slice(-5)),
        ['0,rus', '1,eng'],
      );
      assert.deepEqual(await cuesIn(made.output(), 1), [[1_000, 2_000, 'Hello']]);
    }
  });

  it('follow the timeline when it is trimmed, also where all is encoded in runs', async () => {
    const steps = [
      { op: 'concat', inputs: Array.from({ length: 20 }, () => ({ input: 'a', from: 0.1, to: 0.35 })) },
      embed(),
      { op: 'trim', from: 1 },
    ];
    const outputs = [
      { format: 'mkv', quality: 'draft' },
      { name: 'two', format: 'mp4', quality: 'draft', width: 32 },
      { name: 'sound', format: 'mp3' },
    ];
    await using made = await encode({ steps, outputs }, { a: await film() }, { texts: { subs: UTF16 } });
    assert.deepEqual(made.findings, []);
    const expected = [
      [0, 250, SHOWN[0]?.[2]],
      [1_000, 1_750, 'Пока…'],
    ];
    for (const index of [0, 1]) assert.deepEqual(await cuesIn(made.output(index)), expected);
    assert.deepEqual(made.plan.warnings, ['outputs[2] has no subtitles: mp3 cannot carry them']);
  });

  it('keep what overlaps: MP4 shows one text at a time, so it gets both', async () => {
    const texts = {
      subs: Buffer.from(
        '1\n00:00:00,000 --> 00:00:02,000\nlong\n\n2\n00:00:01,000 --> 00:00:01,500\nshort\n\n3\n00:00:01,000 --> 00:00:01,500\nat once\n\n',
      ),
    };
    await using made = await encode({ steps: [embed()], outputs: [{ format: 'mp4' }] }, { a: await film() }, { texts });
    assert.deepEqual(made.findings, []);
    assert.deepEqual(await cuesIn(made.output()), [
      [0, 1_000, 'long'],
      [1_000, 1_500, 'long\nshort\nat once'],
      [1_500, 2_000, 'long'],
    ]);
  });

  it('show what looks like formatting as it is written', async () => {
    const text = 'a < b, 1 > 0, {x}, 50% & c:\\new\n# <3';
    const texts = {
      subs: Buffer.from(
        `WEBVTT\n\n00:00.000 --> 00:01.000\n${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}\n`,
      ),
    };
    for (const format of ['mp4', 'mkv']) {
      await using made = await encode({ steps: [embed()], outputs: [{ format }] }, { a: await film() }, { texts });
      const [[, , found] = []] = (await cuesIn(made.output())) as string[][];
      assert.equal(found?.replaceAll('\u2060', ''), text);
    }
  });

  it('of an input are not in the result, and do not hinder it', async () => {
    await writeFile(join(films.path, 'subs.srt'), RUSSIAN);
    const more = ['-i', join(films.path, 'subs.srt'), '-c', 'copy', '-map', '0', '-map', '1'];
    for (const muxer of ['matroska', 'mp4']) {
      const codec = muxer === 'mp4' ? ['-c:s', 'mov_text'] : [];
      const a = await films.make(`with-${muxer}`, ['-i', await film(), ...more, ...codec, '-f', muxer]);
      await using made = await encode({ outputs: [{ format: 'mkv' }] }, { a });
      assert.deepEqual(made.findings, []);
      isCopied(made);
      assert.deepEqual(await streamsOf(made.output()), ['']);
    }
  });

  it('are found missing by their number', async () => {
    await using made = await encode(
      { steps: [embed()], outputs: [{ format: 'mp4' }] },
      { a: await film() },
      { texts: { subs: UTF16 } },
    );
    const expected = made.stages.at(-1)?.expected[0];
    assert.ok(expected !== undefined);
    const found = verify({ ...expected, subtitles: [3] }, await measure(made.output()));
    assert.deepEqual(
      found.map(({ what, expected: wanted, found: has }) => [what, wanted, has]),
      [['cues', 3, 2]],
    );
  });
});
