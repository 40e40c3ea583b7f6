import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { transcodeArguments } from '#lib/playback/arguments.ts';
import { decode, type Sound } from '../../support/audio.ts';
import { MEDIA_FFMPEG } from '../../support/ffmpeg.ts';
import { createMediaFolder, type MediaFolder, MUSIC_FILE } from '../../support/media.ts';
import { parseAdts } from '../../support/packets.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { collect, supervise } from '../../support/supervised-ffmpeg.ts';
import { playbackSettings } from '../../support/transcode-requests.ts';
import { asHeAac } from './support/he-aac.ts';
import { pass, passes } from './support/passing.ts';

const AAC = { output_format: 'aac' } as const;
const MUSIC = { file: MUSIC_FILE };
/** Its first bytes are not all of it. */
const SECONDS = 14;
const ENCODED = ['-t', String(SECONDS), '-ar', '48000', '-c:a', 'aac', '-b:a', '128k'];
const INDEX_FIRST = ['-movflags', '+faststart'];
/** Samples that an AAC encoder adds before the audio. */
const LEAD_SAMPLES = 1_024;

let folder: MediaFolder;
let adts: Buffer;
let m4a: Buffer;

before(async () => {
  folder = await createMediaFolder();
  adts = await folder.make('music.aac', MUSIC, ENCODED);
  m4a = await folder.make('music.m4a', MUSIC, [...ENCODED, ...INDEX_FIRST]);
});
after(() => folder[Symbol.asyncDispose]());

const make = (name: string, options: readonly string[]): Promise<Buffer> =>
  folder.make(name, MUSIC, [...ENCODED, ...options]);

/** Returns the audio after the first frame, up to the length of the source. */
function behindLead({ samples, channels }: Sound, like: Sound): Int16Array {
  return samples.slice(LEAD_SAMPLES * channels, LEAD_SAMPLES * channels + like.samples.length);
}

async function encoded(media: Buffer, demuxer: string): Promise<Buffer> {
  const input = { feed: 'pipe', demuxer, maxSeconds: 3_600, losesPitchedEnd: false } as const;
  await using ffmpeg = supervise({ args: transcodeArguments(playbackSettings(AAC), input), input: 'pipe' });
  ffmpeg.input?.end(media);
  return await collect(ffmpeg.output);
}

describe('AAC in ADTS that matches the request', () => {
  it('passes after a frame of silence, with the length of encoded audio', async () => {
    const { answer } = await pass(adts, AAC);
    assert.ok(answer);
    const [given, had] = [await decode(answer), await decode(adts)];
    assert.deepEqual(behindLead(given, had), had.samples);
    assert.equal(given.samples.length, had.samples.length + LEAD_SAMPLES * had.channels);
    assert.ok(given.samples.slice(0, LEAD_SAMPLES * had.channels).every((sample) => sample === 0));
    assert.equal(parseAdts(answer).frames, parseAdts(await encoded(adts, 'aac')).frames);
  });

  it('passes in mono and at another rate', async () => {
    const mono = await make('mono.aac', ['-ac', '1', '-ar', '44100']);
    const { answer } = await pass(mono, { ...AAC, channels: 1, sample_rate: 44_100 });
    const [given, had] = [await decode(answer ?? assert.fail()), await decode(mono)];
    assert.deepEqual(behindLead(given, had), had.samples);
    assert.deepEqual([await passes(mono, AAC), await passes(mono, { ...AAC, sample_rate: 44_100 })], [false, false]);
  });

  it('is encoded when its bitrate differs', async () => {
    const low = await make('low.aac', ['-b:a', '48k']);
    assert.deepEqual([await passes(low, AAC), await passes(low, { ...AAC, bitrate: '48k' })], [false, true]);
    assert.equal(await passes(adts, { ...AAC, bitrate: '96k' }), false);
  });

  it('is encoded when a filter or a part is requested', async () => {
    for (const fields of [{ filters: { volume: 0.9 } }, { start_at: 1 }, { live: true }, { duration: 5 }]) {
      assert.equal(await passes(adts, { ...AAC, ...fields }), false, JSON.stringify(fields));
    }
  });

  it('is encoded when it is HE-AAC, whose frames state half the rate', async () => {
    const core = await make('core.aac', ['-ar', '24000', '-b:a', '48k']);
    const asked = { ...AAC, sample_rate: 24_000, bitrate: '48k' };
    assert.deepEqual([await passes(core, asked), await passes(asHeAac(core), asked)], [true, false]);
    assert.equal(await passes(asHeAac(core), { ...asked, sample_rate: 48_000 }), false);
  });

  it('is encoded when its frames change', async () => {
    const mono = await make('mono.aac', ['-ac', '1', '-t', '2']);
    assert.equal(await passes(Buffer.concat([mono, adts]), { ...AAC, channels: 1 }), false);
  });
});

describe('AAC in MP4 that matches the request', () => {
  const assertPassed = async (media: Buffer): Promise<void> => {
    const { answer } = await pass(media, AAC);
    assert.ok(answer);
    const [given, had] = [await decode(answer), await decodeFile(media)];
    assert.ok(had.samples.length >= SECONDS * 48_000 * 2);
    assert.deepEqual(behindLead(given, had), had.samples);
    assert.equal(parseAdts(answer).frames, parseAdts(await encoded(m4a, 'mov')).frames);
  };

  it('passes with its index first, with the length of encoded audio', async () => {
    await assertPassed(m4a);
  });

  it('passes with its index last', async () => {
    await assertPassed(await make('last.m4a', []));
  });

  it('passes without a known size, because its index has the length', async () => {
    assert.equal(await passes(m4a, AAC, { chunked: true }), true);
  });

  it('is encoded when its audio does not begin after exactly one frame', async () => {
    const bare = remuxed(adts);
    const late = Buffer.from(m4a);
    late.writeUInt32BE(2_112, m4a.indexOf('elst') + 16);
    assert.deepEqual([await passes(bare, AAC), await passes(late, AAC)], [false, false]);
  });

  it('is encoded when it is fragmented, or has iTunes data about its beginning', async () => {
    const fragments = await make('fragments.m4a', ['-movflags', '+frag_keyframe+empty_moov']);
    const itunes = Buffer.from(m4a);
    itunes.write('iTunSMPB', itunes.indexOf('Lavf'), 'latin1');
    assert.deepEqual([await passes(fragments, AAC), await passes(itunes, AAC)], [false, false]);
  });

  it('is encoded when its codec, rate, layout or bitrate differs', async () => {
    const others = [
      ['-ac', '1'],
      ['-ar', '44100'],
      ['-c:a', 'alac'],
      ['-b:a', '48k'],
      ['-b:a', '256k'],
    ];
    for (const options of others) {
      assert.equal(await passes(await make('other.m4a', [...options, ...INDEX_FIRST]), AAC), false, options.join(' '));
    }
  });

  it('is measured by the sizes in its index, not by the bitrate it states', async () => {
    const boastful = Buffer.from(await make('b.m4a', ['-b:a', '48k', ...INDEX_FIRST]));
    const at = boastful.indexOf(Buffer.from('0580808005', 'hex'));
    assert.ok(at > 0);
    boastful.writeUInt32BE(128_000, at - 8);
    boastful.writeUInt32BE(128_000, at - 4);
    assert.equal(await passes(boastful, AAC), false);
  });
});

/** Returns the same frames in an MP4 without an edit: players play the frame before the audio. */
function remuxed(frames: Buffer): Buffer {
  using scratch = scratchFolder();
  writeFileSync(scratch.file('a.aac'), frames);
  const args = [
    '-v',
    'error',
    '-i',
    scratch.file('a.aac'),
    '-c',
    'copy',
    '-bsf:a',
    'aac_adtstoasc',
    '-use_editlist',
    '0',
  ];
  execFileSync(MEDIA_FFMPEG, [...args, ...INDEX_FIRST, scratch.file('a.mp4')]);
  return readFileSync(scratch.file('a.mp4'));
}

async function decodeFile(media: Buffer): Promise<Sound> {
  using scratch = scratchFolder();
  writeFileSync(scratch.file('a.m4a'), media);
  return await decode(scratch.file('a.m4a'));
}
