import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

export type Sent = {
  readonly port: number;
  readonly method?: string;
  /** Sent as it is. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Sends one request without any normalisation of its path. */
export async function send({ port, method = 'GET', target, headers = {}, body = '' }: Sent) {
  const sending = request({ host: '127.0.0.1', port, method, path: target, headers, agent: false });
  sending.end(body);
  const [answer] = (await once(sending, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
}
