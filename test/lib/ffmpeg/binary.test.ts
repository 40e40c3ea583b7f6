import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { type FindOptions, findFfmpeg, REMEDY } from '#lib/ffmpeg/binary.ts';
import { AUDIO_CAPABILITIES } from '#lib/profiles/audio.ts';
import { writeFakeFfmpeg } from '../../support/fake-ffmpeg.ts';
import { FFMPEG } from '../../support/ffmpeg.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

/** A capability that only a fake has, so that every installed ffmpeg is rejected. */
const MARK = 'only_in_a_fake';

function find(options: Partial<FindOptions>) {
  return findFfmpeg({
    ...{ purpose: 'audio', ffmpegPath: undefined, path: '', confinement: 'auto', required: [`filter:${MARK}`] },
    ...options,
  });
}

/** Returns the UNAVAILABLE error when nothing is found. */
async function refusal(options: Partial<FindOptions>): Promise<AppError> {
  const error = await find(options).then(
    ({ path }) => assert.fail(`found ${path}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof AppError);
  assert.equal(error.code, 'UNAVAILABLE');
  assert.equal(error.details['part'], 'ffmpeg');
  return error;
}

describe('findFfmpeg', () => {
  it('finds a real ffmpeg with the capabilities for transcoding', async () => {
    const { path, capabilities } = await find({ ffmpegPath: FFMPEG, required: AUDIO_CAPABILITIES });
    assert.equal(path, FFMPEG);
    assert.ok(capabilities.encoders.has('libopus'));
  });

  it('prefers FFMPEG_PATH to any other', async () => {
    using folder = scratchFolder();
    const named = writeFakeFfmpeg(folder.file('named/my-ffmpeg'), { filters: [MARK] });
    writeFakeFfmpeg(folder.file('bin/ffmpeg'), { filters: [MARK] });
    assert.equal((await find({ ffmpegPath: named, path: folder.file('bin') })).path, named);
  });

  it('tries no other when FFMPEG_PATH is not usable', async () => {
    using folder = scratchFolder();
    writeFakeFfmpeg(folder.file('bin/ffmpeg'), { filters: [MARK] });
    const error = await refusal({ ffmpegPath: folder.file('missing'), path: folder.file('bin') });
    assert.match(error.message, /missing: .*ENOENT/);
    assert.doesNotMatch(error.message, /bin\/ffmpeg: /);
  });

  it('reports that FFMPEG_PATH is not an ffmpeg', async () => {
    const error = await refusal({ ffmpegPath: '/bin/echo' });
    assert.deepEqual(error.details['tried'], ['/bin/echo: it is not an ffmpeg']);
    assert.ok(error.message.includes(REMEDY));
  });

  it('uses the first ffmpeg on PATH', async () => {
    using folder = scratchFolder();
    writeFakeFfmpeg(folder.file('one/ffmpeg'), { filters: [MARK], version: 'first' });
    writeFakeFfmpeg(folder.file('two/ffmpeg'), { filters: [MARK], version: 'second' });
    const path = ['empty', 'one', 'two'].map(folder.file).join(delimiter);
    assert.equal((await find({ path })).capabilities.version, 'first');
  });

  it('names each missing capability, the file, and the remedy', async () => {
    using folder = scratchFolder();
    const lacking = writeFakeFfmpeg(folder.file('ffmpeg'), { encoders: ['aac'] });
    const error = await refusal({
      ffmpegPath: lacking,
      required: ['encoder:aac', 'encoder:libopus', 'filter:atempo'],
    });
    assert.deepEqual(error.details['tried'], [`${lacking}: it lacks encoder:libopus, filter:atempo`]);
    assert.ok(error.message.includes('encoder:libopus'));
    assert.ok(error.message.includes(REMEDY));
  });

  it('rejects an ffmpeg that crashes on a common format', async () => {
    using folder = scratchFolder();
    const crashing = writeFakeFfmpeg(folder.file('bin/ffmpeg'), { filters: [MARK], play: 'kill -SEGV $$' });
    const error = await refusal({ path: folder.file('bin') });
    const told = (error.details['tried'] as string[]).at(-1);
    assert.equal(told, `${crashing}: it fails on MPEG-TS (SIGSEGV), M4A (SIGSEGV), Opus (SIGSEGV)`);
  });

  it('does not wait for an ffmpeg that hangs and ignores signals, and reports it', {
    timeout: 30_000,
  }, async () => {
    using folder = scratchFolder();
    const hanging = writeFakeFfmpeg(folder.file('ffmpeg'));
    writeFileSync(hanging, '#!/bin/sh\ntrap "" TERM\nwhile :; do sleep 0.1; done\n');
    const error = await refusal({ ffmpegPath: hanging });
    assert.match(String((error.details['tried'] as string[])[0]), /Command failed|SIGKILL|timed out/);
  });

  it('returns whether it was named or is the fallback', async () => {
    using folder = scratchFolder();
    const fake = writeFakeFfmpeg(folder.file('ffmpeg'), { filters: [MARK] });
    assert.equal((await find({ ffmpegPath: fake })).origin, 'named');
    assert.equal((await find({ path: folder.path })).origin, 'fallback');
  });

  it('reports what it tried, or that there was none, when none is usable', async () => {
    using folder = scratchFolder();
    const error = await refusal({ path: folder.path });
    const tried = error.details['tried'] as string[];
    assert.ok(tried.every((place) => place.includes(`filter:${MARK}`)));
    assert.match(error.message, tried.length === 0 ? /none found/ : /it lacks/);
    assert.ok(error.message.includes(REMEDY));
    assert.equal(error.recoverable, true);
  });
});
