import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { pcmSound, type Sound } from './audio.ts';
import { type Answer, call, type Fields, openTranscode } from './client.ts';
import type { Host } from './host.ts';

/** A live stream that is read as it arrives; `await using` disconnects. */
export type LiveStream = AsyncDisposable & {
  readonly id: string;
  /** The number of bytes received so far. */
  bytes(): number;
  /** Resolves after this many seconds. */
  play(seconds: number): Promise<void>;
  /** Sends `PATCH /transcodes/{id}/filters` to this host, or to another one. */
  patch(filters: Fields, by?: Pick<Host, 'url'>): Promise<Patched>;
  /** Everything received so far. */
  body(): Buffer;
  /** The same as sound, for a PCM stream. */
  sound(): Sound;
  /** performance.now() when this many bytes had arrived. */
  arrival(bytes: number): number;
  /** Resolves when the stream has ended or was cut. */
  readonly closed: Promise<void>;
};

/** The response to a PATCH, and performance.now() of the request and of the response. */
export type Patched = Answer & { readonly sentAt: number; readonly answeredAt: number };

/** Starts a live stream with these fields (PCM by default) and reads it. */
export async function startLive(host: Pick<Host, 'url'>, fields: Fields): Promise<LiveStream> {
  const response = await openTranscode(host, { output_format: 'pcm', live: true, ...fields });
  assert.equal(response.statusCode, 200, `the stream did not start: ${await refusal(response)}`);
  const id = String(response.headers['x-transcode-id']);
  const chunks: Buffer[] = [];
  const arrivals: { readonly at: number; readonly bytes: number }[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    chunks.push(chunk);
    arrivals.push({ at: performance.now(), bytes });
  });
  const closed = once(response, 'close').then(
    () => undefined,
    () => undefined,
  );
  return {
    id,
    closed,
    bytes: () => bytes,
    play: (seconds) => delay(seconds * 1_000),
    async patch(filters, by = host) {
      const sentAt = performance.now();
      const answer = await call(by, `/transcodes/${id}/filters`, { method: 'PATCH', body: filters });
      return { ...answer, sentAt, answeredAt: performance.now() };
    },
    body: () => Buffer.concat(chunks),
    sound: () => pcmSound(wholeSamples(Buffer.concat(chunks)), response.headers['content-type'] ?? ''),
    arrival: (wanted) => arrivals.find((arrived) => arrived.bytes >= wanted)?.at ?? Number.POSITIVE_INFINITY,
    async [Symbol.asyncDispose]() {
      response.destroy();
      await closed;
    },
  };
}

/** The size of one sample of both channels. */
const SAMPLE_BYTES = 4;

function wholeSamples(pcm: Buffer): Buffer {
  return pcm.subarray(0, pcm.length - (pcm.length % SAMPLE_BYTES));
}

async function refusal(response: IncomingMessage): Promise<string> {
  if (response.statusCode === 200) return '';
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
