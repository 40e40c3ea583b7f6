import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { StreamEvent } from '../../client/stream/events.ts';
import { eventually } from '../support/eventually.ts';
import { type HttpSource, inTurn, neverAnswer, serve, startHttpSource } from '../support/http-source.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { readAudio, testClient } from './support/client.ts';
import { type Service, startService } from './support/service.ts';

const cleanUp = new AsyncDisposableStack();
let mp3: Buffer;
/** Behaves by its path. */
let source: HttpSource;
/** A service that no test kills. */
let steady: Service;
const behaviours = new Map<string, RequestListener>();

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', 12), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  behaviours.set('/whole', serve(mp3));
  source = cleanUp.use(
    await startHttpSource((request, response) => behaviours.get(request.url ?? '')?.(request, response)),
  );
  steady = cleanUp.use(await service());
});
after(() => cleanUp.disposeAsync());

const service = () => startService({ SOURCE_ALLOWED_NETWORKS: source.network });

/** Sends a part and then nothing, without closing. */
const stalls: RequestListener = (_, response) =>
  response
    .writeHead(200, { 'content-length': mp3.length, 'content-type': 'audio/mpeg' })
    .write(mp3.subarray(0, mp3.length / 2));

type Heard = { readonly whole: Buffer; readonly joined: Buffer; readonly events: readonly StreamEvent[] };

/** Plays a source whose server behaves in this way for the first request, the second, … */
async function heard(inOrder: readonly RequestListener[], { service = steady, isKilled = false } = {}): Promise<Heard> {
  const path = `stalling-${behaviours.size}`;
  behaviours.set(`/${path}`, inTurn(...inOrder));
  using client = testClient({ baseUrl: service.url, timeouts: { silenceMs: 400 } });
  const request = (path: string) => ({ source_url: `${source.origin}/${path}`, output_format: 'pcm' }) as const;
  const { bytes: whole } = await readAudio(await client.transcode(request('whole')));
  const stream = await client.transcode(request(path));
  const events: StreamEvent[] = [];
  stream.events.on('leg', (event) => events.push(event)).on('broken', (event) => events.push(event));
  const at = isKilled ? whole.length / 4 : Number.POSITIVE_INFINITY;
  const { bytes: joined } = await readAudio(stream, { at, run: service.kill });
  return { whole, joined, events };
}

const told = (events: readonly StreamEvent[]): string[] => events.map(({ type, via }) => `${via} ${type}`);

describe('A source that stalls for the service, and then for the local ffmpeg as well', { timeout: 60_000 }, () => {
  it('is continued by the service, before ffmpeg gives it up', async () => {
    const { whole, joined, events } = await heard([stalls, stalls, serve(mp3)]);
    assert.deepEqual(told(events), ['service leg', 'service broken', 'fallback leg', 'fallback broken', 'service leg']);
    const left = events.find((event) => event.type === 'broken' && event.via === 'fallback');
    assert.ok(left?.type === 'broken' && left.error.code === 'TIMEOUT');
    assert.ok(joined.equals(whole));
  });

  it('is continued by the local ffmpeg when that has audio first, and the service is left without work', async () => {
    const late: RequestListener = (request, response) => void delay(1_200).then(() => serve(mp3)(request, response));
    const { whole, joined, events } = await heard([stalls, late, neverAnswer]);
    const active = async () =>
      (await (await fetch(`${steady.url}/transcodes?state=active`)).json()) as { items: object[] };
    await eventually(async () => assert.deepEqual((await active()).items, []));
    assert.deepEqual(told(events), ['service leg', 'service broken', 'fallback leg']);
    assert.ok(joined.equals(whole));
  });

  it('is requested again by another local ffmpeg when the service is down', async () => {
    await using host = await service();
    const { whole, joined, events } = await heard([stalls, stalls, serve(mp3)], { service: host, isKilled: true });
    // Each attempt while the service is down is reported.
    const others = told(events).filter((event) => event !== 'service broken');
    assert.deepEqual(others, ['service leg', 'fallback leg', 'fallback broken', 'fallback leg']);
    assert.ok(joined.equals(whole));
  });
});
