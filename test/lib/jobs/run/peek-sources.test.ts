import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { describe, it } from 'node:test';
import { peekSources } from '#lib/jobs/run/peek-sources.ts';
import { answer, endless, fallSilent, neverAnswer, serve, startHttpSource } from '../../../support/http-source.ts';
import { openerFor } from '../../sources/support/opener.ts';
import { failureOf } from './support/failure.ts';

const CALLER = { subject: 'alice', scopes: ['jobs'], via: 'token' } as const;
const FLAC = Buffer.concat([Buffer.from('fLaC\0'), Buffer.alloc(100_000)]);

/** Looks at inputs whose sources have these behaviours. */
async function peek(
  behaviours: Readonly<Record<string, RequestListener>>,
  { timeoutMs = 3_000, inputBytes = 2 ** 30 } = {},
) {
  await using source = await startHttpSource((request, response) =>
    (behaviours[request.url?.slice(1) ?? ''] ?? answer(500))(request, response),
  );
  await using opener = openerFor([source]);
  const inputs = Object.fromEntries(Object.keys(behaviours).map((name) => [name, { url: `${source.origin}/${name}` }]));
  const { signal } = new AbortController();
  await peekSources({ inputs }, { sources: opener, caller: CALLER, signal, timeoutMs, inputBytes });
  return source;
}

describe('the look at the sources of a request', () => {
  it('accepts media, images and subtitles, and what may work later', async () => {
    await peek(
      {
        sound: serve(FLAC),
        image: serve(Buffer.from('\x89PNG\r\n\x1a\n'.padEnd(80, '\0'), 'latin1')),
        subtitles: serve(Buffer.from('1\n00:00:01,000 --> 00:00:02,000\nHello\n')),
        busy: answer(503),
        silent: neverAnswer,
        slow: fallSilent(),
      },
      { timeoutMs: 300 },
    );
  });

  for (const status of [403, 404, 410]) {
    it(`refuses an input whose source responds with ${status}`, async () => {
      assert.partialDeepStrictEqual(await failureOf(peek({ a: serve(FLAC), b: answer(status), c: answer(404) })), {
        code: 'DOWNLOAD_FAILED',
        recoverable: false,
        details: { field: 'inputs.b', status },
      });
    });
  }

  it('refuses pages, and inputs over the limit', async () => {
    assert.partialDeepStrictEqual(await failureOf(peek({ page: serve(Buffer.from('<html>')) })), {
      code: 'UNSUPPORTED_FORMAT',
      details: { field: 'inputs.page' },
    });
    assert.partialDeepStrictEqual(await failureOf(peek({ big: serve(FLAC) }, { inputBytes: 50_000 })), {
      code: 'LIMIT_EXCEEDED',
      details: { field: 'inputs.big', limit: 'input_bytes', value: FLAC.length, max: 50_000 },
    });
  });

  it('refuses addresses that the policy forbids', async () => {
    await using opener = openerFor([]);
    const { signal } = new AbortController();
    const inputs = { a: { url: 'http://169.254.169.254/latest/meta-data' } };
    const refused = peekSources({ inputs }, { sources: opener, caller: CALLER, signal });
    assert.partialDeepStrictEqual(await failureOf(refused), {
      code: 'SOURCE_FORBIDDEN',
      details: { field: 'inputs.a' },
    });
  });

  it('reads no more than the beginning: a long tag, or noise without end', async () => {
    const tag = Buffer.from([0x49, 0x44, 0x33, 3, 0, 0, 0, 0x7f, 0x7f, 0x7f]);
    let sent = 0;
    const tagged: RequestListener = (request, response) => {
      response.writeHead(200);
      response.write(tag);
      response.on('close', () => {
        sent = request.socket.bytesWritten;
      });
      endless(Buffer.alloc(16_384))(request, response);
    };
    const source = await peek({ tagged });
    assert.ok(sent < 8 << 20, `${sent} bytes were sent`);
    assert.equal(source.requests.length, 1);
  });
});
