import assert from 'node:assert/strict';
import type { Answer } from './client.ts';
import { eventually } from './eventually.ts';
import type { Host } from './host.ts';

/** Fails unless the host logs these fields for the request with this response. */
export async function assertLogged(host: Host, { headers }: Answer, fields: Record<string, unknown>): Promise<void> {
  await eventually(() => {
    const line = host.log().find((each) => each['msg'] === 'request' && each['request_id'] === headers['x-request-id']);
    assert.ok(line !== undefined, 'the request is in the log');
    assert.partialDeepStrictEqual(line, fields);
  });
}
