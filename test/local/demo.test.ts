import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertValidOpus, decode, OPUSINFO_MISSING, secondsOf } from '../support/audio.ts';
import { runCommand } from '../support/command.ts';
import { createMediaFolder, twoTones } from '../support/media.ts';

const OUTPUT_FOLDER = fileURLToPath(new URL('../../out/', import.meta.url));
const SPEED = 1.25;

/** Seconds of test/media/sense-and-sensibility.flac. */
const SAMPLE_SECONDS = 24.73;

test('the demonstration writes the sample, a quarter faster, and tells how it went', async () => {
  await using demo = runCommand('demo.ts', []);
  assert.deepEqual(await demo.exited, { code: 0, signal: null }, demo.printed());
  assert.match(demo.printed(), /100 %/);
  assert.match(demo.printed(), /first byte +\d+ ms/);
  assert.match(demo.printed(), /audio +19\.8 s in [\d.]+ s: \d+ × real time/);
  assert.match(demo.printed(), /to hear it +ffplay/);
  assert.match(demo.printed(), /\nstopped\n/);
  const file = join(OUTPUT_FOLDER, 'sense-and-sensibility.opus');
  const seconds = secondsOf(await decode(file));
  assert.ok(Math.abs(seconds - SAMPLE_SECONDS / SPEED) < 0.05, `${seconds} s`);
  if (OPUSINFO_MISSING === false) await assertValidOpus(file);
});

test('the demonstration takes a file of yours, whatever its name', async () => {
  await using media = await createMediaFolder();
  const name = 'my own 50% söng #1.m4a';
  await media.make(name, twoTones(3));
  await using demo = runCommand('demo.ts', [join(media.directory, name)]);
  assert.deepEqual(await demo.exited, { code: 0, signal: null }, demo.printed());
  const file = join(OUTPUT_FOLDER, 'my own 50% söng #1.opus');
  const seconds = secondsOf(await decode(file));
  await rm(file);
  assert.ok(Math.abs(seconds - 3 / SPEED) < 0.06, `${seconds} s`);
});

test('the demonstration says what is wrong with a file that is not there', async () => {
  await using demo = runCommand('demo.ts', ['/nowhere/at-all.mp3']);
  assert.deepEqual(await demo.exited, { code: 1, signal: null });
  assert.match(demo.printed(), /it did not work: ENOENT/);
  assert.match(demo.printed(), /stopped/);
});
