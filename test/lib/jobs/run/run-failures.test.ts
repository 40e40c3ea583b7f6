import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { isDiskFull } from '#lib/jobs/run/failures.ts';
import { RUN_LIMITS } from '#lib/jobs/run/run-limits.ts';
import { openResults } from '#lib/storage/results/results.ts';
import { createS3 } from '#lib/storage/s3-client.ts';
import { answer, fallSilent } from '../../../support/http-source.ts';
import { type ScratchFolder, scratchFolder } from '../../../support/scratch-folder.ts';
import { fakeProgram } from './support/fakes.ts';
import { type AttemptOptions, makeFilm, NOTHING_LEFT, openWorkshop, type Workshop } from './support/workshop.ts';

const HANGS = new URL('../../ffmpeg/fakes/hangs', import.meta.url).pathname;

let workshop: Workshop;
let film: Buffer;
let folder: ScratchFolder;

before(async () => {
  workshop = await openWorkshop({ stallTimeoutMs: 300 });
  folder = scratchFolder();
  film = makeFilm(2);
});
after(async () => {
  await workshop?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

/** Runs an attempt that fails, checks that it leaves nothing, and returns its failure. */
async function failing(request: unknown, options: AttemptOptions = {}) {
  const { outcome } = await workshop.run(request, options);
  assert.ok(outcome.kind === 'failed', JSON.stringify(outcome));
  assert.deepEqual(workshop.left(), NOTHING_LEFT);
  const { code, details, message } = outcome.error;
  return { code, details, message, retry: outcome.retry };
}

const oneFilm = () => ({ inputs: { a: workshop.input('a', film) }, output: { format: 'mp4' } });

describe('an attempt fails for good', () => {
  it('when a source responds with 403', async () => {
    const request = { inputs: { a: workshop.input('denied', answer(403)) }, output: { format: 'mp4' } };
    assert.partialDeepStrictEqual(await failing(request), {
      code: 'DOWNLOAD_FAILED',
      retry: false,
      details: { input: 'a', phase: 'fetching', status: 403 },
    });
  });

  it('when an input is no media that ffprobe can read', async () => {
    const junk = Buffer.concat([film.subarray(0, 40), Buffer.alloc(5_000, 7)]);
    const request = { inputs: { a: workshop.input('junk', junk) }, output: { format: 'mp4' } };
    assert.partialDeepStrictEqual(await failing(request), {
      code: 'UNSUPPORTED_FORMAT',
      retry: false,
      details: { input: 'a', phase: 'probing' },
    });
  });

  it('when what is asked for is not in the files', async () => {
    const { code, retry, details } = await failing({ ...oneFilm(), output: { format: 'jpg', at: 100 } });
    assert.equal(code, 'VALIDATION_ERROR');
    assert.equal(retry, false);
    assert.equal(details['phase'], 'probing');
  });

  it('when an input is damaged, which it names', async () => {
    const long = makeFilm(4);
    const request = {
      inputs: { a: workshop.input('half', long.subarray(0, long.length / 2)) },
      output: { format: 'mp4' },
    };
    const { code, retry, details } = await failing(request);
    assert.deepEqual([code, retry, details['input']], ['SOURCE_DAMAGED', false, 'a']);
    const at = Number(details['at_seconds']);
    assert.ok(at > 1 && at < 3, `${at}`);
  });

  it('when ffmpeg dies midway', async () => {
    const script = 'head -c 1000 /dev/zero > outputs/output-0.mp4; echo "about to crash" >&2; kill -SEGV $$';
    const failed = await failing(oneFilm(), { ffmpeg: fakeProgram(folder, 'dies', script) });
    assert.partialDeepStrictEqual(failed, {
      code: 'FFMPEG_ERROR',
      retry: false,
      details: { phase: 'encoding', signal: 'SIGSEGV', log: ['about to crash'] },
    });
  });

  it('when ffmpeg exits with 0 and has made a short film, an unreadable one, or none', async () => {
    const scripts = {
      short: 'exec "$FFMPEG" -v error -i file:inputs/a -frames:v 30 -c copy -y outputs/output-0.mp4',
      unreadable: 'head -c 3000 inputs/a > outputs/output-0.mp4',
      none: 'exit 0',
    };
    for (const [name, script] of Object.entries(scripts)) {
      const { code, retry, details } = await failing(oneFilm(), { ffmpeg: fakeProgram(folder, name, script) });
      assert.ok(['FFMPEG_ERROR', 'SOURCE_DAMAGED'].includes(code), `${name}: ${code}`);
      assert.deepEqual([retry, details['phase']], [false, 'encoding'], name);
    }
  });

  it('when the result is larger than its limit, while it is made and once it is made', async () => {
    const script = 'head -c 3000000 /dev/zero > outputs/output-0.mp4; exec sleep 60';
    const limits = { outputBytes: 1_000_000 };
    const options = { limits, ffmpeg: fakeProgram(folder, 'large', script) };
    assert.partialDeepStrictEqual(await failing(oneFilm(), options), {
      code: 'LIMIT_EXCEEDED',
      retry: false,
      details: { limit: 'output_bytes', value: 3_000_000, max: 1_000_000 },
    });
    const small = await failing(oneFilm(), { limits: { outputBytes: 1_000 } });
    assert.partialDeepStrictEqual(small, { code: 'LIMIT_EXCEEDED', details: { limit: 'output_bytes' } });
  });

  it('when ffmpeg takes too long', async () => {
    const limits = { wall: { timesLength: 0, moreSeconds: 0.5 } };
    const ffmpeg = fakeProgram(folder, 'slow', 'while :; do :; done');
    assert.partialDeepStrictEqual(await failing(oneFilm(), { limits, ffmpeg }), {
      code: 'LIMIT_EXCEEDED',
      retry: false,
      details: { limit: 'wall_seconds', value: 0.5, max: 0.5, phase: 'encoding' },
    });
  });
});

describe('an attempt may be retried', () => {
  it('when a source sends its beginning and then nothing', async () => {
    const request = { inputs: { a: workshop.input('silent', fallSilent(film)) }, output: { format: 'mp4' } };
    assert.partialDeepStrictEqual(await failing(request), {
      code: 'TIMEOUT',
      retry: true,
      details: { input: 'a', phase: 'fetching' },
    });
  });

  it('when ffmpeg stalls', async () => {
    const failed = await failing(oneFilm(), { ffmpeg: HANGS, limits: { ...RUN_LIMITS, stallMs: 300 } });
    assert.partialDeepStrictEqual(failed, { code: 'TIMEOUT', retry: true, details: { phase: 'encoding' } });
  });

  it('when ffmpeg is killed from outside', async () => {
    const ffmpeg = fakeProgram(folder, 'killed', 'kill -KILL $$');
    assert.partialDeepStrictEqual(await failing(oneFilm(), { ffmpeg }), { code: 'FFMPEG_ERROR', retry: true });
  });

  it('when the disk is full, whatever the exit code of ffmpeg', async () => {
    for (const code of [0, 1]) {
      const script = `echo 'av_interleaved_write_frame(): No space left on device' >&2; exit ${code}`;
      assert.partialDeepStrictEqual(await failing(oneFilm(), { ffmpeg: fakeProgram(folder, `full-${code}`, script) }), {
        code: 'OVERLOADED',
        retry: true,
        details: { reason: 'disk', phase: 'encoding' },
      });
    }
    const error: unknown = await writeFile('/dev/full', 'x').catch((reason) => reason);
    assert.ok(isDiskFull(error) && isDiskFull(new Error('around it', { cause: error })));
    assert.ok(!isDiskFull(new Error('other')));
  });

  it('when the storage is down', async () => {
    const s3 = createS3({ ...workshop.server.options, endpoint: 'http://127.0.0.1:9' }, 1_000);
    const results = openResults({ s3, bucket: 'results', urlSeconds: 60, timeoutMs: 2_000 });
    assert.partialDeepStrictEqual(await failing(oneFilm(), { results }), {
      code: 'UNAVAILABLE',
      retry: true,
      details: { part: 'storage', phase: 'uploading' },
    });
    s3.close();
  });

  it('when the rows of its objects cannot be written, and begins none', async () => {
    const onObject = () => Promise.reject(new AppError('UNAVAILABLE', { part: 'store' }));
    assert.partialDeepStrictEqual(await failing(oneFilm(), { onObject }), {
      code: 'UNAVAILABLE',
      retry: true,
      details: { part: 'store', phase: 'uploading' },
    });
  });
});
