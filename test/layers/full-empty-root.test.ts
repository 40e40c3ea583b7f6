import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FFMPEG } from '../../layers/builder/sources.ts';
import { FULL_LAYER } from './support/built-layer.ts';
import { emptyRoot, NO_EMPTY_ROOT } from './support/empty-root.ts';
import { COLUMNS, glyphSheet, ROWS } from './support/glyph-sheet.ts';

/** `7:9.0.2-4` is Debian's version of 9.0.2. */
const VERSION = FFMPEG.version.replace(/^\d+:|-.*/g, '');

/** Returns the mean difference of the pixels of two cells, of 255. */
function difference(one: Buffer, other: Buffer): number {
  return one.reduce((sum, pixel, index) => sum + Math.abs(pixel - (other[index] ?? 0)), 0) / one.length;
}

describe('the full layer in an empty root', { skip: FULL_LAYER.missing || NO_EMPTY_ROOT }, () => {
  it('runs both programs, which print their version and configuration, without a path of the build', async () => {
    using root = emptyRoot(FULL_LAYER.directory);
    for (const name of ['ffmpeg', 'ffprobe']) {
      const { stdout } = await root.run(`/opt/bin/${name}`, '-version');
      assert.match(stdout.toString(), new RegExp(`^${name} version ${VERSION} `));
      assert.match(stdout.toString(), /configuration: --prefix=\/opt (?!.*\/tmp)/);
    }
  });

  it('passes on the exit code and piped data', async () => {
    using root = emptyRoot(FULL_LAYER.directory);
    await assert.rejects(root.run('/opt/bin/ffmpeg', '-i', '/nowhere'), { code: 1 });
    const pcm = ['-f', 's16le', '-ar', '8000', '-ac', '1'];
    const sine = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=8000:duration=1'];
    const { stdout } = await root.run('/opt/bin/ffmpeg', '-v', 'error', ...sine, ...pcm, 'pipe:1');
    assert.equal(stdout.length, 16_000);
  });

  it('draws each script with its own glyphs, by drawtext and by subtitles, into a playable MP4', async () => {
    using root = emptyRoot(FULL_LAYER.directory);
    const sheet = glyphSheet(root.tmp, '/tmp');
    const size = `${sheet.width}x${sheet.height}`;
    const ffmpeg = (...args: string[]) => root.run('/opt/bin/ffmpeg', '-v', 'error', ...args);
    await ffmpeg(
      ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=5:duration=1`, '-f', 'lavfi', '-i', 'sine=duration=1'],
      // A moving picture for a moment, then the sheet.
      ...['-vf', `drawbox=color=black:t=fill:enable=gte(t\\,0.4),${sheet.filters}`],
      ...['-c:v', 'libx264', '-crf', '12', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '/tmp/sheet.mp4'],
    );
    const probed = await root.run('/opt/bin/ffprobe', '-v', 'error', '-of', 'json', '-show_streams', '/tmp/sheet.mp4');
    const { streams } = JSON.parse(probed.stdout.toString()) as { streams: { codec_name: string; duration: string }[] };
    assert.deepEqual(
      streams.map(({ codec_name, duration }) => [codec_name, Math.round(Number(duration) * 10) / 10]),
      [
        ['h264', 1],
        ['aac', 1],
      ],
    );
    const last = [
      '-ss',
      '0.7',
      '-i',
      '/tmp/sheet.mp4',
      '-frames:v',
      '1',
      '-f',
      'rawvideo',
      '-pix_fmt',
      'gray',
      'pipe:1',
    ];
    const { stdout: picture } = await ffmpeg(...last);
    assert.equal(picture.length, sheet.width * sheet.height);
    const black = Buffer.alloc(48 * 48, 0);
    for (const row of ROWS) {
      const name = `${row.script} by ${row.by}`;
      const [one, other] = COLUMNS.characters.map((column) => sheet.cell(picture, row, column)) as [Buffer, Buffer];
      const [missing, alsoMissing] = COLUMNS.missing.map((column) => sheet.cell(picture, row, column)) as [
        Buffer,
        Buffer,
      ];
      assert.ok(difference(missing, alsoMissing) < 2, `${name}: missing glyphs must look the same`);
      assert.ok(difference(one, black) > 4 && difference(other, black) > 4, `${name}: nothing is drawn`);
      assert.ok(difference(one, other) > 4, `${name}: two characters look the same`);
      assert.ok(difference(one, missing) > 4 && difference(other, missing) > 4, `${name}: it is drawn as missing`);
    }
  });
});
