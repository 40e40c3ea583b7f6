import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { type HttpSource, serve, startHttpSource } from '../../support/http-source.ts';
import { MUSIC_FILE } from '../../support/media.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import { type FfnOptions, runFfn } from '../support/ffn.ts';
import { installPackage } from '../support/package.ts';

const cleanUp = new AsyncDisposableStack();
let source: HttpSource;
let folder: ScratchFolder;
let ffn: string;

before(async () => {
  source = cleanUp.use(await startHttpSource(serve(readFileSync(MUSIC_FILE))));
  folder = cleanUp.use(scratchFolder());
  ffn = await installPackage(cleanUp.use(scratchFolder()).path);
});
after(() => cleanUp.disposeAsync());

/** Plays half a second from the local ffmpeg. */
async function play(player: string, settings: NodeJS.ProcessEnv): Promise<{ code: number | null; last: string }> {
  const options: FfnOptions = { ffn, settings: { FFN_URL: 'http://127.0.0.1:1', ...settings } };
  const args = ['play', `${source.origin}/a.mp3`, '--player', player, '--duration', '0.5'];
  const { code, stderr } = await runFfn(args, options);
  return { code, last: stderr.trimEnd().split('\n').at(-1) ?? '' };
}

/** Puts a program that takes the place of a player on the path. */
function playerThat(script: string): NodeJS.ProcessEnv {
  writeFileSync(folder.file('mpv'), script, { mode: 0o755 });
  return { PATH: `${folder.path}:${process.env['PATH']}` };
}

describe('ffn play', () => {
  it('fails with the reason when there is no sound device, where ffplay exits with 0', async () => {
    const { code, last } = await play('ffplay', { SDL_AUDIODRIVER: 'alsa', ALSA_CONFIG_PATH: '/dev/null' });
    assert.equal(code, 4);
    assert.match(last, /^ffn: ffplay failed: .*audio open failed$/);
  });

  it('fails with the reason when the player exits with an error', async () => {
    const { code, last } = await play('ffplay', { SDL_AUDIODRIVER: 'nosuch' });
    assert.equal(code, 4);
    assert.match(last, /^ffn: ffplay ended with exit code 1: Could not initialize SDL/);
  });

  it('fails when the player cannot be started', async () => {
    const { code, last } = await play('mpv', playerThat('#!/no/such/interpreter\n'));
    assert.deepEqual([code, last], [4, 'ffn: mpv cannot be started (ENOENT)']);
  });

  it('fails when the player is killed', async () => {
    const { code, last } = await play('mpv', playerThat('#!/bin/sh\nkill -KILL $$\n'));
    assert.deepEqual([code, last], [4, 'ffn: mpv ended with SIGKILL']);
  });

  it('succeeds when the user closes the player', async () => {
    const { code, last } = await play('mpv', playerThat('#!/bin/sh\nhead -c 10 > /dev/null\n'));
    assert.deepEqual([code, last], [0, 'playing']);
  });
});
