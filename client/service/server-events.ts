import { LONGEST_TEXT } from './bounded-text.ts';

/** One server-sent event. */
export type ServerEvent = { readonly id: string; readonly event: string; readonly data: unknown };

/** Parses server-sent events (WHATWG HTML, 9.2) in the form that the service sends: an id, a name and JSON. */
export async function* serverEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    if (rest.length > LONGEST_TEXT) throw new Error(`an event of more than ${LONGEST_TEXT} characters`);
    for (const block of blocks) {
      const fields = new Map(
        block.split(/\r?\n/).map((line) => /^(\w*): ?(.*)$/.exec(line)?.slice(1, 3) as [string, string]),
      );
      const data = fields.get('data');
      if (data !== undefined) {
        yield { id: fields.get('id') ?? '', event: fields.get('event') ?? 'message', data: JSON.parse(data) };
      }
    }
  }
}
