import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { findPassthrough, type PassthroughOptions } from '#lib/playback/passthrough.ts';
import { fallSilent, serve, startHttpSource } from '../../support/http-source.ts';
import { createMediaFolder, type MediaFolder, MUSIC_FILE } from '../../support/media.ts';
import { keptLog, QUIET_LOG } from '../../support/quiet-log.ts';
import { supervise } from '../../support/supervised-ffmpeg.ts';
import { playbackSettings } from '../../support/transcode-requests.ts';
import { openerFor } from '../sources/support/opener.ts';

const NEVER = new AbortController().signal;
const BEGINNING_BYTES = 10_000;

let folder: MediaFolder;
let opus: Buffer;
before(async () => {
  folder = await createMediaFolder();
  const options = ['-t', '20', '-c:a', 'libopus', '-b:a', '96k', '-vbr', 'constrained'];
  opus = await folder.make('a.opus', { file: MUSIC_FILE }, options);
});
after(() => folder[Symbol.asyncDispose]());

/** Returns whether it passes, how many processes were started, and how the source begins afterwards. */
async function find(behave: RequestListener, options: Partial<PassthroughOptions> = {}) {
  await using server = await startHttpSource(behave);
  await using opener = openerFor([server]);
  const source = await opener.openNow(server.origin);
  let started = 0;
  const startFfmpeg: PassthroughOptions['startFfmpeg'] = (command) => {
    started += 1;
    return supervise(command);
  };
  const found = await findPassthrough(playbackSettings(), {
    source,
    spooled: undefined,
    startFfmpeg,
    signal: NEVER,
    log: QUIET_LOG,
    ...options,
  });
  const beginning: Buffer = source.body.read(BEGINNING_BYTES) ?? Buffer.alloc(0);
  source.close();
  return { isFound: found !== undefined, started, isUntouched: beginning.equals(opus.subarray(0, BEGINNING_BYTES)) };
}

describe('finding out whether a source may be passed through', () => {
  it('starts one ffmpeg', async () => {
    assert.deepEqual(await find(serve(opus)), { isFound: true, started: 1, isUntouched: true });
  });

  it('starts none when the first bytes already rule it out', async () => {
    const vorbis = await folder.make('a.ogg', { file: MUSIC_FILE }, ['-t', '20', '-ar', '48000', '-c:a', 'libvorbis']);
    const { isFound, started } = await find(serve(vorbis));
    assert.deepEqual([isFound, started], [false, 0]);
  });

  it('does not wait for a slow source', async () => {
    const slow = await find(fallSilent(opus.subarray(0, BEGINNING_BYTES)));
    assert.deepEqual(slow, { isFound: false, started: 0, isUntouched: true });
  });

  it('ends when the session ends', async () => {
    const ended = await find(serve(opus), { signal: AbortSignal.abort() });
    assert.deepEqual(ended, { isFound: false, started: 0, isUntouched: true });
  });

  it('does not fail when ffmpeg cannot be started', async () => {
    const startFfmpeg = () => {
      throw new AppError('UNAVAILABLE', { part: 'ffmpeg' });
    };
    const { log, lines } = keptLog();
    assert.deepEqual(await find(serve(opus), { startFfmpeg, log }), { isFound: false, started: 0, isUntouched: true });
    assert.partialDeepStrictEqual(lines, [{ level: 'warn', err: { code: 'UNAVAILABLE' }, msg: 'passthrough' }]);
  });
});
