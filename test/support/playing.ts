import type { IncomingMessage } from 'node:http';
import { type Answer, type CallOptions, call, type Fields, open, readAll } from './client.ts';
import type { Host } from './host.ts';

/** A transcode whose response is being read. */
export type Playing = {
  readonly id: string;
  readonly path: string;
  readonly response: IncomingMessage;
  readonly whole: Promise<Answer>;
};

type Target = Pick<Host, 'url'>;

export async function play(host: Target, fields: Fields, options: Pick<CallOptions, 'headers'> = {}): Promise<Playing> {
  const response = await open(host, '/transcode', { ...options, body: fields });
  const id = String(response.headers['x-transcode-id']);
  return { id, path: `/transcodes/${id}`, response, whole: readAll(response) };
}

export function adjust(host: Target, { path }: Pick<Playing, 'path'>, body: Fields | string): Promise<Answer> {
  return call(host, `${path}/filters`, { method: 'PATCH', body });
}

export function remove(host: Target, { path }: Pick<Playing, 'path'>): Promise<Answer> {
  return call(host, path, { method: 'DELETE' });
}
