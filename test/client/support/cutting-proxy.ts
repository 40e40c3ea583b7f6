import { type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type HttpSource, startHttpSource } from '../../support/http-source.ts';

/**
 * A proxy that cuts each response of `/transcode` after the next number of bytes in `cuts`, and only once the service
 * has detected that its reader has left. `await using` ends it.
 */
export async function startCuttingProxy(service: string, cuts: Iterable<number>): Promise<HttpSource> {
  const places = cuts[Symbol.iterator]();

  function pass(incoming: IncomingMessage, response: ServerResponse): void {
    const { url = '/', method, headers } = incoming;
    const place = url === '/transcode' ? places.next().value : undefined;
    const outgoing = sendRequest(service + url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
      if (place === undefined) answer.pipe(response);
      else cut(answer, response, place);
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }

  function cut(answer: IncomingMessage, response: ServerResponse, place: number): void {
    let left = place;
    answer.on('error', () => undefined);
    answer.on('data', (chunk: Buffer) => {
      response.write(chunk.subarray(0, left));
      left -= Math.min(left, chunk.length);
      if (left > 0) return;
      answer.destroy();
      void hasEnded(answer.headers['x-transcode-id']).finally(() => response.destroy());
    });
    answer.on('end', () => response.end());
  }

  async function hasEnded(id: unknown): Promise<void> {
    for (;;) {
      const answer = await fetch(`${service}/transcodes/${id}`);
      const record = (await answer.json()) as { readonly ended_at: string | null };
      if (record.ended_at !== null) return;
      await delay(5);
    }
  }

  return await startHttpSource(pass);
}
