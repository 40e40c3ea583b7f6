import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { type HttpSource, serve, startHttpSource } from '../../support/http-source.ts';
import { MUSIC_FILE } from '../../support/media.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import { type FfnOptions, runFfn } from '../support/ffn.ts';
import { installPackage } from '../support/package.ts';
import { type Service, startService } from '../support/service.ts';

const cleanUp = new AsyncDisposableStack();
let source: HttpSource;
let service: Service;
let folder: ScratchFolder;
let options: FfnOptions;

before(async () => {
  source = cleanUp.use(await startHttpSource(serve(readFileSync(MUSIC_FILE))));
  service = cleanUp.use(
    await startService({
      AUTHENTICATION: 'required',
      JWT_SECRET: 'a secret of the tests, long enough',
      SOURCE_ALLOWED_NETWORKS: source.network,
    }),
  );
  folder = cleanUp.use(scratchFolder());
  writeFileSync(folder.file('own.mp3'), readFileSync(MUSIC_FILE));
  writeFileSync(folder.file('mpv'), '#!/bin/sh\nexec cat > played\n', { mode: 0o755 });
  const ffn = await installPackage(cleanUp.use(scratchFolder()).path);
  const PATH = `${folder.path}:${process.env['PATH']}`;
  options = { ffn, cwd: folder.path, settings: { FFN_URL: service.url, FFN_TOKEN: 'wrong', PATH } };
});
after(() => cleanUp.disposeAsync());

describe('ffn, when the service rejects the credentials,', () => {
  for (const [name, args] of Object.entries({
    'transcodes no URL': () => ['transcode', `${source.origin}/a.mp3`, '-o', 'x.opus'],
    'transcodes no file': () => ['transcode', 'own.mp3', '-o', 'x.opus'],
    'plays nothing': () => ['play', `${source.origin}/a.mp3`],
    'lists nothing': () => ['list'],
  })) {
    it(`${name}, exits with 5 and says what helps`, async () => {
      const exit = await runFfn(args(), options);
      assert.equal(exit.code, 5, exit.stderr);
      assert.match(exit.stderr, /^ffn: UNAUTHENTICATED: .* \(set FFN_API_KEY or FFN_TOKEN\)\n$/);
      assert.deepEqual(readdirSync(folder.path).toSorted(), ['mpv', 'own.mp3']);
    });
  }
});
