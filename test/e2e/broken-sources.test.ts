import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { type Answer, activeStreams, call, openTranscode, readAll } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type Host, startHost } from '../support/host.ts';
import { answer, type HttpSource, inTurn, serve, startHttpSource } from '../support/http-source.ts';
import { watchLeaks } from '../support/leaks.ts';
import { createMediaFolder, noise } from '../support/media.ts';

const FORMATS = ['opus', 'aac', 'pcm'] as const;
const ETAG = { etag: '"one"' };
const cleanUp = new AsyncDisposableStack();
let host: Host;
let source: HttpSource;
let behave: RequestListener;
let mp3: Buffer;
let m4a: Buffer;

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', 20), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  m4a = await media.make('a.m4a', noise('pink', 20), ['-c:a', 'aac', '-b:a', '192k']);
  source = cleanUp.use(await startHttpSource((request, response) => behave(request, response)));
  host = cleanUp.use(
    await startHost({
      // Several sources share one address and ETag here.
      CACHE_MAX_BYTES: 0,
      SOURCE_ALLOWED_NETWORKS: source.network,
      SOURCE_HEADERS_TIMEOUT_SECONDS: 5,
      SOURCE_STALL_SECONDS: 1,
      MAX_SOURCE_BYTES: 1_000_000,
    }),
  );
});
after(() => cleanUp.disposeAsync());

let firstByte = Promise.withResolvers<void>();

async function heard(output_format: string, listener: RequestListener): Promise<Answer> {
  behave = listener;
  firstByte = Promise.withResolvers();
  const response = await openTranscode(host, { source_url: source.origin, output_format });
  firstByte.resolve();
  return await readAll(response);
}

const wholes = new Map<string, Answer>();

/** The response when nothing fails; made once for each format and length. */
async function undisturbed(output_format: string, content: Buffer): Promise<Answer> {
  const key = `${output_format} ${content.length}`;
  const whole = wholes.get(key) ?? (await heard(output_format, serve(content)));
  assert.ok(whole.complete);
  wholes.set(key, whole);
  return whole;
}

/** Fails only after the first byte: before it, the failure would be the status of the response. */
function behindFirstByte(listener: RequestListener): RequestListener {
  return (request, response) => void firstByte.promise.then(() => listener(request, response));
}

/** Sends `start`, then just enough to avoid a timeout, and nothing after the first byte. */
function fallSilentBehind(start: number): RequestListener {
  return (_request, response) => {
    let sent = start;
    response.write(mp3.subarray(0, start));
    const timer = setInterval(() => {
      response.write(mp3.subarray(sent, sent + 1_000));
      sent += 1_000;
    }, 100);
    const fallSilent = () => clearInterval(timer);
    response.once('close', fallSilent);
    void firstByte.promise.then(fallSilent);
  };
}

/** The last log line about a transcode. */
async function lastEnd(answer: Answer): Promise<Record<string, unknown>> {
  const id = answer.headers['x-transcode-id'];
  return await eventually(() => {
    const line = host.log().find(({ transcode_id, outcome }) => transcode_id === id && outcome !== undefined);
    assert.ok(line, 'the log has no line about the end');
    return line;
  });
}

describe('A connection that fails midway', () => {
  for (const output_format of FORMATS) {
    it(`is resumed, and the ${output_format} equals the undisturbed output`, async () => {
      const whole = await undisturbed(output_format, mp3);
      const before = source.requests.length;
      const breaks = { headers: ETAG, breakAfter: [100_000, 1, 200_000] };
      const resumed = await heard(output_format, serve(mp3, { ...breaks, reset: true }));
      assert.equal(source.requests.length - before, 4);
      assert.ok(resumed.complete);
      assert.ok(resumed.body.equals(whole.body));
    });
  }

  it('is resumed when the server does not support ranges', async () => {
    const whole = await undisturbed('pcm', mp3);
    const resumed = await heard('pcm', serve(mp3, { headers: ETAG, ranges: false, breakAfter: [150_000] }));
    assert.ok(resumed.complete && resumed.body.equals(whole.body));
  });

  it('is resumed while the source is spooled', async () => {
    const whole = await undisturbed('pcm', m4a);
    const resumed = await heard('pcm', serve(m4a, { headers: ETAG, breakAfter: [150_000] }));
    assert.ok(whole.body.length > 3_000_000 && resumed.complete && resumed.body.equals(whole.body));
  });
});

describe('A source that fails after the first byte', () => {
  const start = 200_000;
  const cutOff = { headers: ETAG, breakAfter: [start] };
  const other = serve(Buffer.alloc(1_000, 0xff), { headers: { etag: '"two"' } });
  const cases: readonly (readonly [string, () => RequestListener, string])[] = [
    ['fails permanently', () => inTurn(serve(mp3, cutOff), behindFirstByte(answer(500))), 'DOWNLOAD_FAILED'],
    ['no longer exists', () => inTurn(serve(mp3, cutOff), behindFirstByte(answer(404))), 'DOWNLOAD_FAILED'],
    ['has changed', () => inTurn(serve(mp3, cutOff), behindFirstByte(other)), 'DOWNLOAD_FAILED'],
    ['stalls', () => fallSilentBehind(start), 'TIMEOUT'],
    ['exceeds the size limit', () => serve(Buffer.concat(Array(3).fill(mp3)), { chunked: true }), 'PAYLOAD_TOO_LARGE'],
  ];
  for (const [what, listener, code] of cases) {
    for (const output_format of FORMATS) {
      it(`and ${what} cuts the ${output_format} after a correct beginning`, async (t) => {
        const whole = await undisturbed(output_format, what.startsWith('exceeds') ? Buffer.concat([mp3, mp3]) : mp3);
        const broken = await heard(output_format, listener());
        assert.equal(broken.status, 200);
        assert.equal(broken.complete, false, 'the response ended as if it were complete');
        const { length } = broken.body;
        t.diagnostic(`${length} of ${whole.body.length} bytes were delivered`);
        assert.ok(length > 0);
        const common = Math.min(length, whole.body.length);
        assert.ok(
          broken.body.subarray(0, common).equals(whole.body.subarray(0, common)),
          'it is no beginning of the whole',
        );
        const end = await lastEnd(broken);
        assert.deepEqual([end['outcome'], end['code']], ['failed', code]);
      });
    }
  }
});

describe('After these tests', () => {
  it('the service is up and holds no resources', async () => {
    await eventually(async () => assert.equal(await activeStreams(host), 0));
    assert.equal((await call(host, '/health')).json().status, 'healthy');
    const leaks = watchLeaks(host);
    assert.ok((await heard('opus', serve(mp3))).complete);
    await leaks.assertNone();
  });
});
