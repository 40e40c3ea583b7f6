import assert from 'node:assert/strict';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertValidOpus, decode, OPUSINFO_MISSING, secondsOf } from '../support/audio.ts';
import { runCommand } from '../support/command.ts';
import { measure } from '../support/job-encoding.ts';
import { createMediaFolder, twoTones } from '../support/media.ts';

const OUTPUT_FOLDER = fileURLToPath(new URL('../../out/', import.meta.url));
const SPEED = 1.25;

/** Seconds of test/media/sense-and-sensibility.flac. */
const SAMPLE_SECONDS = 24.73;

test('the demo writes the sample, a quarter faster, reports figures and suggests what to try next', async () => {
  await using demo = runCommand('demo.ts', []);
  assert.deepEqual(await demo.exited, { code: 0, signal: null }, demo.printed());
  assert.match(demo.printed(), /\d+ % {2}0:\d\d of 0:24 {2}\d+ bytes/);
  assert.match(demo.printed(), /first byte +\d+ ms after the request/);
  assert.match(demo.printed(), /audio +19\.8 s in [\d.]+ s: \d+ × real time/);
  assert.match(demo.printed(), /to hear it +ffplay -autoexit out\/sense-and-sensibility\.opus/);
  assert.match(demo.printed(), /\nstopped\n/);
  assert.match(
    demo.printed(),
    /npm start\n[\s\S]+npx ffn play test\/media\/sense-and-sensibility\.flac --speed 0\.5\n[\s\S]+npx ffn set /,
  );
  const file = join(OUTPUT_FOLDER, 'sense-and-sensibility.opus');
  const seconds = secondsOf(await decode(file));
  assert.ok(Math.abs(seconds - SAMPLE_SECONDS / SPEED) < 0.05, `${seconds} s`);
  if (OPUSINFO_MISSING === false) await assertValidOpus(file);
});

test('the demo of video makes a film of three parts and a poster', async () => {
  await using demo = runCommand('demo.ts', ['video'], { JOB_NICENESS: '0' });
  assert.deepEqual(await demo.exited, { code: 0, signal: null }, demo.printed());
  assert.match(demo.printed(), /\d+ % {2}encoding/);
  assert.match(demo.printed(), /film +7 s, 640 × 360, \d+ bytes/);
  assert.match(demo.printed(), /npx ffn job submit examples\/film\.json --wait -o film\.mp4/);
  const { streams } = await measure(join(OUTPUT_FOLDER, 'film.mp4'));
  const picture = streams.find((stream) => stream.kind === 'picture');
  assert.deepEqual([picture?.frames, picture?.width, picture?.height], [175, 640, 360]);
  const poster = await readFile(join(OUTPUT_FOLDER, 'poster.jpg'));
  assert.equal(poster.subarray(0, 3).toString('hex'), 'ffd8ff');
});

test('the demo accepts a file with any name and quotes the name in the commands that it prints', async () => {
  await using media = await createMediaFolder();
  const name = "it's my own 50% söng #1.m4a";
  await media.make(name, twoTones(3));
  await using demo = runCommand('demo.ts', [join(media.directory, name)]);
  assert.deepEqual(await demo.exited, { code: 0, signal: null }, demo.printed());
  assert.ok(demo.printed().includes(`ffplay -autoexit 'out/it'\\''s my own 50% söng #1.opus'`), demo.printed());
  const file = join(OUTPUT_FOLDER, "it's my own 50% söng #1.opus");
  const seconds = secondsOf(await decode(file));
  await rm(file);
  assert.ok(Math.abs(seconds - 3 / SPEED) < 0.06, `${seconds} s`);
});

test('the demo reports a missing file before it starts the system', async () => {
  await using demo = runCommand('demo.ts', ['/nowhere/at-all.mp3']);
  assert.deepEqual(await demo.exited, { code: 1, signal: null });
  assert.match(demo.printed(), /the demo stopped early: \/nowhere\/at-all\.mp3 does not exist/);
  assert.doesNotMatch(demo.printed(), /starting the system/);
});

test('the demo reports a file that is not audio, stops the system and writes nothing', async () => {
  await using media = await createMediaFolder();
  const text = join(media.directory, 'not-audio.mp3');
  await writeFile(text, 'no audio\n'.repeat(100));
  await using demo = runCommand('demo.ts', [text]);
  assert.deepEqual(await demo.exited, { code: 1, signal: null });
  assert.match(demo.printed(), /the demo stopped early: transcoding \S+not-audio\.mp3 failed: the source is text/);
  assert.match(demo.printed(), /\nstopped\n/);
  assert.doesNotMatch(demo.printed(), /npx ffn play/);
  await assert.rejects(access(join(OUTPUT_FOLDER, 'not-audio.opus')), { code: 'ENOENT' });
});

test('the demo stops the system on Ctrl-C and leaves no partial file', async () => {
  await using media = await createMediaFolder();
  // Long, but small: the demo stores it in its bucket.
  await media.make('long.wav', twoTones(600, 8_000), ['-ac', '1']);
  await using demo = runCommand('demo.ts', [join(media.directory, 'long.wav')]);
  await demo.says(/2\d % {2}/);
  demo.child.kill('SIGINT');
  assert.deepEqual(await demo.exited, { code: 1, signal: null }, demo.printed());
  assert.match(demo.printed(), /\nstopped\n\nthe demo stopped early: interrupted/);
  await assert.rejects(access(join(OUTPUT_FOLDER, 'long.opus')), { code: 'ENOENT' });
});
