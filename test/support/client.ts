import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Host } from './host.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A response that has been read to its end or to the point where it was cut. */
export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** False when the body was cut. */
  readonly complete: boolean;
  /** The body as JSON. */
  json(): JsonBody;
};

// biome-ignore lint/suspicious/noExplicitAny: each test knows the shape of its body.
export type JsonBody = any;

export type CallOptions = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: Fields | string | Buffer;
  /** The local address to connect from. */
  readonly localAddress?: string;
};

type Target = Pick<Host, 'url'>;

/** Sends a request on a new connection. */
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

/** Sends a request and resolves with the response once its head has arrived; the body is not read. */
export async function open(target: Target, path: string, options: CallOptions = {}): Promise<IncomingMessage> {
  const [response] = (await once(send(target, path, options), 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return response;
}

/** Reads the rest of a response until it ends or is cut. */
export async function readAll(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (!response.closed) await once(response, 'close').catch(() => undefined);
  const body = Buffer.concat(chunks);
  const { statusCode = 0, headers, complete } = response;
  return { status: statusCode, headers, body, complete, json: () => JSON.parse(body.toString('utf8')) };
}

/** Sends a request and reads the whole response. */
export async function call(target: Target, path: string, options: CallOptions = {}): Promise<Answer> {
  return await readAll(await open(target, path, options));
}

/** Sends `POST /transcode` and waits for the head. */
export function openTranscode(target: Target, fields: Fields): Promise<IncomingMessage> {
  return open(target, '/transcode', { body: fields });
}

/** Sends `POST /transcode` and reads the whole response. */
export async function transcode(target: Target, fields: Fields): Promise<Answer> {
  return await readAll(await openTranscode(target, fields));
}

/** The number of transcodes that are running. */
export async function activeStreams(target: Target): Promise<number> {
  return (await call(target, '/health')).json().active_streams;
}
