import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { v7 } from 'uuid';
import { type CallOptions, call, open, readAll } from '../../test/support/client.ts';
import { type HttpSource, startHttpSource } from '../../test/support/http-source.ts';
import { createMediaFolder, noise } from '../../test/support/media.ts';

export type GreedyContext = { readonly url: string; readonly key: string; readonly signal: AbortSignal };

/** Something that one caller takes too much of. */
export type GreedyWay = {
  /** Time between two attempts. All ways together stay below the rate limit, which would end the attack. */
  readonly everyMs: number;
  start(context: GreedyContext): Promise<{
    /** Resolves with what the service answered: a status, and the budget that it names. */
    once(): Promise<string>;
    readonly close?: () => PromiseLike<void>;
  }>;
};

/** An address of its own. */
const LOCAL_ADDRESS = '127.0.0.2';
const DRIBBLE_BYTES = 300;
const DRIBBLE_EVERY_MS = 500;
const BANDS = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? 12 : -12));

export const GREEDY_WAYS: Readonly<Record<string, GreedyWay>> = {
  places: {
    everyMs: 300,
    async start(context) {
      const source = await startHttpSource(dribble(await musicOf(['-c:a', 'libmp3lame'], 'a.mp3')));
      const play = transcodesOf(context, source, { output_format: 'opus', live: true });
      return { once: play, close: () => source[Symbol.asyncDispose]() };
    },
  },
  spool: {
    everyMs: 700,
    async start(context) {
      const source = await startHttpSource(endlessMp4(await musicOf(['-c:a', 'aac'], 'a.m4a')));
      return {
        once: transcodesOf(context, source, { output_format: 'opus' }),
        close: () => source[Symbol.asyncDispose](),
      };
    },
  },
  processor: {
    everyMs: 400,
    async start(context) {
      const flac = await silentFlac();
      const source = await startHttpSource((_, response) => void response.end(flac));
      const filters = { pitch: 7, speed: 0.9, equalizer: BANDS };
      return {
        once: transcodesOf(context, source, { output_format: 'aac', filters }),
        close: () => source[Symbol.asyncDispose](),
      };
    },
  },
  events: {
    everyMs: 150,
    async start(context) {
      const source = await startHttpSource(dribble(await musicOf(['-c:a', 'libmp3lame'], 'a.mp3')));
      const body = { source_url: `${source.origin}/`, output_format: 'opus', live: true };
      const stream = await open(context, '/transcode', { ...options(context), body });
      context.signal.addEventListener('abort', () => stream.destroy());
      const path = `/transcodes/${stream.headers['x-transcode-id']}/events`;
      return {
        async once() {
          const response = await open(context, path, options(context));
          if (response.statusCode !== 200) return await outcomeOf(response);
          context.signal.addEventListener('abort', () => response.destroy());
          response.resume();
          return '200';
        },
        close: () => source[Symbol.asyncDispose](),
      };
    },
  },
  names: {
    everyMs: 150,
    async start(context) {
      let turn = 0;
      return {
        async once() {
          const body = { source_url: `http://silent${turn++}.example:8000/`, output_format: 'opus' };
          const left = AbortSignal.timeout(20);
          const headers = { 'content-type': 'application/json', 'x-api-key': context.key };
          const init = { method: 'POST', headers, body: JSON.stringify(body), signal: left };
          return await fetch(`${context.url}/transcode`, init).then(
            ({ status }) => String(status),
            () => 'abandoned',
          );
        },
      };
    },
  },
  rows: {
    everyMs: 200,
    start: async (context) => ({
      async once() {
        const body = { source_url: `http://10.0.0.1:8000/${'a'.repeat(7_000)}`, output_format: 'opus' };
        return await outcomeOf(await open(context, '/transcode', { ...options(context), body }));
      },
    }),
  },
  ids: {
    everyMs: 150,
    start: async (context) => ({
      async once() {
        const path = `/transcodes/${v7({ msecs: Date.now() + 900 })}`;
        return String((await call(context, path, options(context))).status);
      },
    }),
  },
  uploads: {
    everyMs: 500,
    start: async (context) => ({
      async once() {
        const body = { bytes: 1 << 30, filename: 'a.wav' };
        return await outcomeOf(await open(context, '/api/uploads', { ...options(context), body }));
      },
    }),
  },
};

function options({ key }: GreedyContext): CallOptions {
  return { headers: { 'x-api-key': key }, localAddress: LOCAL_ADDRESS };
}

/** Starts transcodes of fresh URLs, and reads those that start as fast as they come. */
function transcodesOf(context: GreedyContext, source: HttpSource, fields: Readonly<Record<string, unknown>>) {
  let turn = 0;
  return async (): Promise<string> => {
    const body = { ...fields, source_url: `${source.origin}/?${turn++}` };
    const response = await open(context, '/transcode', { ...options(context), body });
    if (response.statusCode !== 200) return await outcomeOf(response);
    const leave = (): void => void response.destroy();
    context.signal.addEventListener('abort', leave);
    if (context.signal.aborted) leave();
    response.resume();
    if (!response.closed) await once(response, 'close').catch(() => undefined);
    context.signal.removeEventListener('abort', leave);
    return response.complete ? '200' : 'cut';
  };
}

/** The status, with the code and the budget of an error. */
async function outcomeOf(response: IncomingMessage): Promise<string> {
  const { status, body } = await readAll(response);
  if (status < 400) return String(status);
  const { code, details } = JSON.parse(body.toString()) as { code: string; details: { budget?: string } };
  return [status, code, details?.budget ?? ''].join(' ').trim();
}

async function musicOf(encoding: readonly string[], name: string): Promise<Buffer> {
  await using media = await createMediaFolder();
  return await media.make(name, noise('pink', 60), encoding);
}

/** Half an hour of silence in a few kilobytes, which takes long to filter. */
async function silentFlac(): Promise<Buffer> {
  await using media = await createMediaFolder();
  return await media.make('a.flac', { lavfi: 'anullsrc=r=48000:cl=stereo:d=1800' }, ['-compression_level', '8']);
}

/** Sends as much as the service requires of a source, and no more. */
function dribble(content: Buffer) {
  return (_: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, { 'content-length': content.length });
    let at = 32_768;
    response.write(content.subarray(0, at));
    const timer = setInterval(() => {
      response.write(content.subarray(at, at + DRIBBLE_BYTES));
      at += DRIBBLE_BYTES;
    }, DRIBBLE_EVERY_MS);
    response.on('close', () => clearInterval(timer));
  };
}

/** An MP4 whose index comes after its media, which never ends: it must be copied. */
function endlessMp4(file: Buffer) {
  const media = file.indexOf('mdat') - 4;
  const start = Buffer.from(file.subarray(0, media + 65_536));
  start.writeUInt32BE(400 << 20, media);
  return (_: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, { 'content-length': 500 << 20 });
    response.write(start);
    const timer = setInterval(() => response.write(start.subarray(media + 8)), DRIBBLE_EVERY_MS / 5);
    response.on('close', () => clearInterval(timer));
  };
}
