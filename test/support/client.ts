import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Host } from './host.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** An answer that has been read to its end, good or bad. */
export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** False when the body broke off. */
  readonly complete: boolean;
  /** The body as JSON. */
  json(): JsonBody;
};

// biome-ignore lint/suspicious/noExplicitAny: a body is what the test says it is.
export type JsonBody = any;

export type CallOptions = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: Fields | string | Buffer;
  /** The address of this machine to come from. */
  readonly localAddress?: string;
};

type Target = Pick<Host, 'url'>;

/** Sends a request on a connection of its own. */
export function send({ url }: Target, path: string, options: CallOptions = {}): ClientRequest {
  const { method, headers, body, localAddress } = options;
  const payload = typeof body === 'object' && !Buffer.isBuffer(body) ? JSON.stringify(body) : body;
  const call = httpRequest(new URL(path, url), {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    agent: false,
    ...(localAddress === undefined ? {} : { localAddress }),
    headers: { 'content-type': 'application/json', ...headers },
  });
  call.on('error', () => undefined);
  call.end(payload);
  return call;
}

/** Sends a request and waits for the head of its answer; the body waits to be read. */
export async function open(target: Target, path: string, options: CallOptions = {}): Promise<IncomingMessage> {
  const [response] = (await once(send(target, path, options), 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return response;
}

/** Reads what is left of an answer, until it ends or breaks. */
export async function readAll(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (!response.closed) await once(response, 'close').catch(() => undefined);
  const body = Buffer.concat(chunks);
  const { statusCode = 0, headers, complete } = response;
  return { status: statusCode, headers, body, complete, json: () => JSON.parse(body.toString('utf8')) };
}

/** Sends a request and reads its whole answer. */
export async function call(target: Target, path: string, options: CallOptions = {}): Promise<Answer> {
  return await readAll(await open(target, path, options));
}

/** `POST /transcode`, head only. */
export function openTranscode(target: Target, fields: Fields): Promise<IncomingMessage> {
  return open(target, '/transcode', { body: fields });
}

/** `POST /transcode`, whole. */
export async function transcode(target: Target, fields: Fields): Promise<Answer> {
  return await readAll(await openTranscode(target, fields));
}

/** The number of transcodes that run now. */
export async function activeStreams(target: Target): Promise<number> {
  return (await call(target, '/health')).json().active_streams;
}
