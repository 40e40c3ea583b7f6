import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { writeOggPage } from '#lib/containers/ogg-page.ts';
import { readWholePage } from '../../../client/units/ogg-page.ts';
import { assertValidOpus, decode, OPUSINFO_MISSING } from '../../support/audio.ts';
import { createMediaFolder, type MediaFolder, MUSIC_FILE, type Sound } from '../../support/media.ts';
import { opusBitrate, parseOggOpus } from '../../support/packets.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { pass, passes } from './support/passing.ts';

const OPUS = { output_format: 'opus' } as const;
const MUSIC: Sound = { file: MUSIC_FILE };
/** Its first bytes are not all of it. */
const SECONDS = 14;
const ENCODED = ['-t', String(SECONDS), '-c:a', 'libopus', '-b:a', '96k', '-vbr', 'constrained'];

let folder: MediaFolder;
let music: Buffer;

before(async () => {
  folder = await createMediaFolder();
  music = await folder.make('music.opus', MUSIC, ENCODED);
});
after(() => folder[Symbol.asyncDispose]());

const make = (name: string, options: readonly string[], sound = MUSIC): Promise<Buffer> =>
  folder.make(name, sound, [...ENCODED, ...options]);

/** Returns the same file with other bytes in its identification header. */
function withHead(file: Buffer, change: (head: Buffer) => void): Buffer {
  const page = readWholePage(file, 0) ?? assert.fail();
  const head = Buffer.from(page.packets[0] ?? assert.fail());
  change(head);
  const first = writeOggPage({ ...page, sequence: 0, packets: [head] });
  first.writeUInt8(2, 5);
  return Buffer.concat([first, file.subarray(page.end)]);
}

describe('Ogg/Opus that matches the request', () => {
  it('passes, with the same samples as the source to its end', async () => {
    const { answer } = await pass(music, OPUS);
    assert.ok(answer);
    assert.deepEqual(await decode(answer), await decode(music));
    const [given, had] = [parseOggOpus(answer), parseOggOpus(music)];
    assert.deepEqual(given.packets, had.packets);
    assert.equal(given.samples, SECONDS * 48_000);
    assert.equal(given.samples, had.samples);
  });

  it('is a valid file', { skip: OPUSINFO_MISSING }, async () => {
    using scratch = scratchFolder();
    const { answer } = await pass(music, OPUS);
    writeFileSync(scratch.file('a.opus'), answer ?? '');
    await assertValidOpus(scratch.file('a.opus'));
  });

  it('passes with the short frames of low latency', async () => {
    const fast = await make('fast.opus', ['-frame_duration', '10', '-application', 'lowdelay']);
    const { answer } = await pass(fast, { ...OPUS, quality_preset: 'lowlatency' });
    assert.ok(answer);
    assert.deepEqual(await decode(answer), await decode(fast));
    assert.equal(await passes(fast, OPUS), false, 'standard has longer frames');
    assert.equal(await passes(music, { ...OPUS, quality_preset: 'lowlatency' }), false, 'these frames are too long');
  });

  it('passes with one page per packet: page headers are not counted in its bitrate', async () => {
    const paged = await make('paged.opus', ['-page_duration', '20000']);
    assert.ok((paged.length * 8) / SECONDS > 1.1 * 96_000);
    assert.equal(await passes(paged, OPUS), true);
  });

  it('passes when it is so short that the first bytes are all of it', async () => {
    const short = await folder.make('short.opus', MUSIC, ['-ss', '10', '-t', '1.5', ...ENCODED.slice(2)]);
    assert.ok(short.length < 65_536);
    const { answer, requests } = await pass(short, OPUS, { chunked: true });
    assert.deepEqual(await decode(answer ?? assert.fail()), await decode(short));
    assert.equal(requests, 1);
  });
});

describe('Ogg/Opus that does not match the request', () => {
  it('is encoded for other channels, another rate, filters, a part, or live', async () => {
    const requests = [
      { channels: 1 },
      { sample_rate: 24_000 },
      { filters: { volume: 0.9 } },
      { filters: { speed: 1.1 } },
      { start_at: 1 },
      { duration: 5 },
      { live: true },
      { output_format: 'aac' },
    ];
    for (const fields of requests)
      assert.equal(await passes(music, { ...OPUS, ...fields }), false, `${JSON.stringify(fields)}`);
    assert.equal(await passes(await make('mono.opus', ['-ac', '1', '-b:a', '64k']), OPUS), false);
  });

  it('is encoded when its bitrate differs', async () => {
    for (const [encoded, asked, isRight] of [
      ['128k', '96k', false],
      ['40k', '96k', false],
      ['64k', '96k', true],
      ['96k', '200k', false],
    ] as const) {
      const file = await make(`${encoded}.opus`, ['-b:a', encoded]);
      assert.equal(await passes(file, { ...OPUS, bitrate: asked }), isRight, `${encoded} for ${asked}`);
    }
  });

  it('is judged by the whole file, not by its beginning', async () => {
    const loud = 'anoisesrc=amplitude=0.3:sample_rate=48000:duration=15:seed=1,aformat=channel_layouts=stereo';
    const quiet = 'anullsrc=r=48000:cl=stereo:d=60';
    const vbr = ['-c:a', 'libopus', '-b:a', '96k', '-vbr', 'on'];
    const quietFirst = await folder.make('q.opus', { lavfi: `${quiet}[q];${loud}[l];[q][l]concat=v=0:a=1` }, vbr);
    const loudFirst = await folder.make('l.opus', { lavfi: `${loud}[l];${quiet}[q];[l][q]concat=v=0:a=1` }, vbr);
    const average = opusBitrate(parseOggOpus(quietFirst));
    assert.ok(average > 12_000 && average < 20_000, `${average} bit/s`);
    assert.equal(await passes(quietFirst, { ...OPUS, bitrate: '20k' }), true);
    assert.equal(await passes(loudFirst, { ...OPUS, bitrate: '20k' }), true);
    assert.equal(await passes(loudFirst, OPUS), false);
    assert.equal(await passes(quietFirst, OPUS), false);
  });

  it('is encoded when its size or its end is unknown', async () => {
    assert.equal(await passes(music, OPUS, { chunked: true }), false);
    assert.equal(await passes(music, OPUS, { ranges: false }), false);
    assert.equal((await pass(music, OPUS)).requests, 2);
    assert.equal((await pass(music, { ...OPUS, channels: 1 })).requests, 1, 'there is no needless request');
  });

  it('is encoded when its header changes the decoded audio', async () => {
    const gain = withHead(music, (head) => head.writeInt16LE(-256, 16));
    const late = withHead(music, (head) => head.writeUInt16LE(3_840, 10));
    const same = withHead(music, () => undefined);
    assert.deepEqual(
      [await passes(gain, OPUS), await passes(late, OPUS), await passes(same, OPUS)],
      [false, false, true],
    );
    assert.equal(await passes(await make('family.opus', ['-mapping_family', '1']), OPUS), false);
  });

  it('is encoded when it contains several streams, in parallel or in sequence', async () => {
    const two = await make('two.ogg', ['-map', '0:a', '-map', '0:a']);
    // Together, over the time of the second, they have the requested bitrate.
    const links = [await make('first.opus', ['-t', '8']), await make('second.opus', ['-t', '20', '-b:a', '64k'])];
    const chain = Buffer.concat(links);
    assert.ok((links[0]?.length ?? 0) > 65_536);
    assert.deepEqual([await passes(two, OPUS), await passes(chain, OPUS)], [false, false]);
    const short = await make('short.opus', ['-t', '1']);
    assert.equal(await passes(Buffer.concat([short, short]), OPUS), false, 'both in the first bytes');
  });

  it('is encoded when it is Vorbis or a part of a longer stream', async () => {
    const vorbis = await folder.make('v.ogg', MUSIC, ['-t', '20', '-ar', '48000', '-c:a', 'libvorbis', '-b:a', '96k']);
    const headers = readWholePage(music, readWholePage(music, 0)?.end ?? 0)?.end ?? 0;
    const third = music.indexOf('OggS', headers + 30_000);
    const cut = Buffer.concat([music.subarray(0, headers), music.subarray(third)]);
    assert.deepEqual([await passes(vorbis, OPUS), await passes(cut, OPUS)], [false, false]);
  });
});
