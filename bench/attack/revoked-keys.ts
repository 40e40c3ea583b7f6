import { once } from 'node:events';
import { type CallOptions, call, open, readAll } from '../../test/support/client.ts';
import { serve, startHttpSource } from '../../test/support/http-source.ts';
import { createMediaFolder, noise } from '../../test/support/media.ts';
import { type Attack, createChecks } from './attack.ts';
import { startAttackedService } from './attacked-service.ts';

/** Streams of a revoked key end within a minute. */
const LONGEST_MS = 60_000;

/** A stolen admin key, and all that was made with it before it was revoked. */
export const REVOKED_KEYS: Attack = {
  about: 'tokens, keys, streams and event streams of a revoked key end with it; a token makes no keys',
  async run({ slack }) {
    const checks = createChecks();
    await using media = await createMediaFolder();
    const mp3 = await media.make('a.mp3', noise('pink', 300), ['-c:a', 'libmp3lame', '-b:a', '64k']);
    await using source = await startHttpSource(serve(mp3));
    await using service = await startAttackedService();
    const [owner, stolen] = await Promise.all([service.key(['admin']), service.key(['admin', 'transcode'])]);
    const ask = (path: string, more: CallOptions = {}) => call(service, path, more);
    const by = (key: string) => ({ headers: { 'x-api-key': key } });
    const expectStatus = (what: string, { status }: { status: number }, ...wanted: number[]): void =>
      checks.expect(wanted.includes(status), `${what} got ${status}`);

    const granted = await ask('/oauth/token', { ...by(stolen), body: { grant_type: 'client_credentials' } });
    const token = { headers: { authorization: `Bearer ${granted.json().access_token}` } };
    const body = { name: 'child', scopes: ['transcode'], subject: 'child' };
    expectStatus('a key made by a token', await ask('/api/keys', { ...token, body }), 403);
    expectStatus('the keys listed by a token', await ask('/api/keys', token), 403);
    const made = (await ask('/api/keys', { ...by(stolen), body })).json();
    const weak = (await ask('/api/keys', { ...by(owner), body: { ...body, scopes: ['admin'] } })).json();
    const outranking = { ...body, scopes: ['transcode', 'admin'] };
    expectStatus(
      'a key that outranks its maker',
      await ask('/api/keys', { ...by(weak.key), body: outranking }),
      403,
      422,
    );

    const fields = { source_url: `${source.origin}/`, output_format: 'opus', live: true };
    const cut: Promise<unknown>[] = [];
    for (const headers of [token.headers, { 'x-api-key': made.key }]) {
      const stream = await open(service, '/transcode', { body: fields, headers });
      await once(stream, 'data');
      const path = `/transcodes/${stream.headers['x-transcode-id']}/events`;
      cut.push(readAll(stream), readAll(await open(service, path, { headers })));
    }
    const startedAt = performance.now();
    const id = /^ffk_(\w+?)_/.exec(stolen)?.[1];
    expectStatus('the revocation', await ask(`/api/keys/${id}`, { ...by(owner), method: 'DELETE' }), 204);
    const late = new Promise((resolve) => setTimeout(resolve, LONGEST_MS * slack, 'late').unref());
    checks.expect((await Promise.race([Promise.all(cut), late])) !== 'late', 'streams of a revoked key go on');
    const endedMs = performance.now() - startedAt;
    expectStatus('its token', await ask('/transcodes', token), 401);
    expectStatus('the key it made', await ask('/transcodes', by(made.key)), 401);
    expectStatus('itself', await ask('/api/keys', by(stolen)), 401);
    return checks.result(`{checks} checks; ${cut.length} streams ended after ${(endedMs / 1_000).toFixed(1)} s`);
  },
};
