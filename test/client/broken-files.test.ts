import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { AppError } from '#lib/errors.ts';
import { brokenFiles, SOUNDLESS_FILES } from '../support/broken-files.ts';
import { transcode } from '../support/client.ts';
import { FFMPEG, MEDIA_FFMPEG } from '../support/ffmpeg.ts';
import { type Host, startHost } from '../support/host.ts';
import { type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.ts';
import { PYTHON_MISSING } from './python/interpreter.ts';
import { type PythonLocalFfmpeg, startPythonLocalFfmpeg } from './python/local-ffmpeg.ts';
import { readAudio, testClient } from './support/client.ts';

type Format = 'opus' | 'aac' | 'pcm';
/** Opens a broken file by its name. Returns the error code; undefined when it played. */
type Opener = (name: string, format: Format) => Promise<string | undefined>;

/** For this file, the server closes the connection without a response. */
const CLOSING = 'unanswered.mp3';

const cleanUp = new AsyncDisposableStack();
const files = await brokenFiles();
let folder: ScratchFolder;
let source: HttpSource;
let host: Host;
/** With the ffmpeg of the machine, and with that of the layer, whose messages differ. */
let python: Readonly<Record<'machine' | 'layer', PythonLocalFfmpeg>> | undefined;

before(async () => {
  folder = cleanUp.use(scratchFolder());
  for (const [name, content] of files) writeFileSync(folder.file(name), content);
  source = cleanUp.use(
    await startHttpSource((request, response) => {
      const name = request.url?.slice(1) ?? '';
      if (name === CLOSING) request.socket.end();
      else serve(files.get(name) ?? Buffer.alloc(0))(request, response);
    }),
  );
  host = cleanUp.use(await startHost({ SOURCE_ALLOWED_NETWORKS: source.network, CACHE_MAX_BYTES: 0 }));
  if (PYTHON_MISSING !== false) return;
  const [machine, layer] = [MEDIA_FFMPEG, FFMPEG].map((path) => cleanUp.use(startPythonLocalFfmpeg(path)));
  if (machine !== undefined && layer !== undefined) python = { machine, layer };
});
after(() => cleanUp.disposeAsync());

const OPENERS: Readonly<Record<string, Opener>> = {
  async 'the service'(name, output_format) {
    const { status, json } = await transcode(host, { source_url: `${source.origin}/${name}`, output_format });
    return status === 200 ? undefined : json().code;
  },
  'the client’s local ffmpeg': fallbackCode((url) => url),
  'the client’s local ffmpeg, from a file': fallbackCode((url) => fileUrl(basename(url))),
};

const PYTHON_OPENERS: Readonly<Record<string, Opener>> = {
  'the Python client’s local ffmpeg': async (name, format) =>
    await python?.machine.codeOf(`${source.origin}/${name}`, format),
  'the Python client’s local ffmpeg, from a file': async (name, format) =>
    await python?.layer.codeOf(fileUrl(name), format),
};

function fileUrl(name: string): string {
  return pathToFileURL(folder.file(name)).href;
}

/** A client without a service. */
function fallbackCode(resolveSource: (url: string) => string): Opener {
  const client = cleanUp.use(testClient({ baseUrl: 'http://127.0.0.1:9', fallback: { resolveSource } }));
  return async (name, output_format) => {
    try {
      await readAudio(await client.transcode({ source_url: `${source.origin}/${name}`, output_format, live: false }));
      return undefined;
    } catch (error) {
      assert.ok(error instanceof AppError, String(error));
      return error.code;
    }
  };
}

describe('A file that is not media, or has no sound, is UNSUPPORTED_FORMAT', { concurrency: 2 }, () => {
  for (const [opener, codeOf] of Object.entries({ ...OPENERS, ...PYTHON_OPENERS })) {
    const skip = opener in PYTHON_OPENERS && PYTHON_MISSING;
    for (const name of files.keys()) {
      it(`${name}, for ${opener}`, { skip }, async () =>
        assert.equal(await codeOf(name, 'opus'), 'UNSUPPORTED_FORMAT'),
      );
    }
    for (const name of SOUNDLESS_FILES) {
      it(`${name}, for ${opener}, in every format`, { skip }, async () => {
        for (const format of ['aac', 'pcm'] as const) assert.equal(await codeOf(name, format), 'UNSUPPORTED_FORMAT');
      });
    }
  }
});

describe('A server that closes without a response is DOWNLOAD_FAILED', () => {
  for (const [opener, codeOf] of Object.entries({ ...OPENERS, ...PYTHON_OPENERS })) {
    if (opener.endsWith('from a file')) continue;
    const skip = opener in PYTHON_OPENERS && PYTHON_MISSING;
    it(`for ${opener}`, { skip }, async () => assert.equal(await codeOf(CLOSING, 'opus'), 'DOWNLOAD_FAILED'));
  }
});
