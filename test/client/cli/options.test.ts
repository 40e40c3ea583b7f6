import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { exitCodeOf } from '../../../client/cli/exit-codes.ts';
import { type HttpSource, startHttpSource } from '../../support/http-source.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import { runFfn } from '../support/ffn.ts';
import { installPackage } from '../support/package.ts';

const ID = '0195f3a2-7c1e-7d44-9d52-5f0c8e7b1a36';
const RECORD = {
  id: ID,
  state: 'streaming',
  output_format: 'opus',
  source_format: null,
  progress: { position_seconds: 75, duration_seconds: null, percent: 12.3 },
  filters: { speed: 1.5, pitch: 0, eq_preset: 'flat', volume: 1 },
  error: null,
};
const PAGE = { items: [RECORD], next_cursor: 'next' };
const AUDIO = { 'content-type': 'audio/pcm; rate=48000; channels=2; encoding=s16le', 'x-transcode-id': ID };

const cleanUp = new AsyncDisposableStack();
/** A service that keeps the requests of transcodes. */
let service: HttpSource;
let folder: ScratchFolder;
let ffn: string;
const asked: Record<string, unknown>[] = [];

before(async () => {
  service = cleanUp.use(
    await startHttpSource(async (request, response) => {
      if (request.method === 'POST') {
        asked.push(JSON.parse(await text(request)));
        response.writeHead(200, AUDIO).end(Buffer.alloc(48_000));
      } else if (request.url === `/transcodes/${ID}`) response.writeHead(200).end(JSON.stringify(RECORD));
      else response.writeHead(200).end(JSON.stringify(PAGE));
    }),
  );
  folder = cleanUp.use(scratchFolder());
  ffn = await installPackage(cleanUp.use(scratchFolder()).path);
});
after(() => cleanUp.disposeAsync());

const run = (...args: string[]) =>
  runFfn([...args, '--timeout', '60'], { ffn, cwd: folder.path, settings: { FFN_URL: service.origin } });

describe('ffn list', () => {
  it('prints a header above the columns, and how to get the next page', async () => {
    const { code, stdout, stderr } = await run('list');
    assert.equal(code, 0, stderr);
    const [header = '', row = ''] = stdout.toString().split('\n');
    assert.match(row, new RegExp(`^${ID} {2}streaming {2}opus {8}1:15 {3}12 % {2}speed 1.5$`));
    const columns = { ID, STATE: 'streaming', FORMAT: 'opus', 'FILTERS OR ERROR': 'speed 1.5' };
    for (const [name, value] of Object.entries(columns)) assert.equal(header.indexOf(name), row.indexOf(value), name);
    assert.equal(stderr, 'more: --cursor next\n');
  });

  it('prints the page as one object with --json', async () => {
    const { stdout, stderr } = await run('list', '--json');
    assert.deepEqual([JSON.parse(stdout.toString()), stderr], [PAGE, '']);
  });
});

describe('--adjust', () => {
  const transcode = (...args: string[]) =>
    run('transcode', 'https://example.org/a.mp3', '-o', 'a.pcm', '--no-fallback', '--patience', '60', ...args);

  it('chooses what may change in a live stream', async () => {
    const { code, stderr } = await transcode('--live', '--adjust', 'pitch, volume');
    assert.equal(code, 0, stderr);
    assert.partialDeepStrictEqual(asked.at(-1), { live: true, adjust: ['pitch', 'volume'] });
  });

  it('is refused for an unknown name, and without --live', async () => {
    for (const [args, says] of [
      [['--live', '--adjust', 'tempo'], /--adjust takes names of speed, pitch, equalizer, volume, not "tempo"/],
      [['--adjust', 'speed'], /--adjust needs --live/],
    ] as const) {
      const { code, stderr } = await transcode(...args);
      assert.equal(code, 2);
      assert.match(stderr, says);
    }
  });
});

describe('the exit code of an error', () => {
  it('says whether a retry may succeed', () => {
    assert.equal(exitCodeOf(new AppError('DOWNLOAD_FAILED')), 3);
    assert.equal(exitCodeOf(new AppError('DOWNLOAD_FAILED', {}, { recoverable: false })), 1);
    assert.equal(exitCodeOf(new AppError('RATE_LIMITED')), 3);
    assert.equal(exitCodeOf(new AppError('UNSUPPORTED_FORMAT')), 1);
  });
});
