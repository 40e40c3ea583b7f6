import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { type CallOptions, type JsonBody, open } from './client.ts';
import type { Host } from './host.ts';

export type ReceivedEvent = { readonly id: string; readonly event: string; readonly data: JsonBody };

/** An open event stream and the events received so far. */
export type Following = {
  readonly events: readonly ReceivedEvent[];
  readonly response: IncomingMessage;
  /** Resolves when it has ended: true if it was complete. */
  readonly ended: Promise<boolean>;
};

export async function followEvents(
  host: Pick<Host, 'url'>,
  path: string,
  headers: NonNullable<CallOptions['headers']> = {},
): Promise<Following> {
  const response = await open(host, `${path}/events`, { headers });
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['content-type'], 'text/event-stream');
  const events: ReceivedEvent[] = [];
  let rest = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    events.push(...blocks.filter((block) => block.startsWith('id: ')).map(parse));
  });
  const ended = new Promise<boolean>((resolve) => response.once('close', () => resolve(response.complete)));
  return { events, response, ended };
}

function parse(block: string): ReceivedEvent {
  const [, id = '', event = '', data = ''] = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(block) ?? [];
  return { id, event, data: JSON.parse(data) };
}
