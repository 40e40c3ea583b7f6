import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { type Answer, call, open, readAll } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type Host, startHost } from '../support/host.ts';
import { type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { JWT_SECRET } from '../support/jwt.ts';
import { newKey } from '../support/keys.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { storeOf } from '../support/store.ts';

const cleanUp = new AsyncDisposableStack();
let postgres: Postgres;
let source: HttpSource;
let one: Host;
let other: Host;
let admin: string;
let watcher: string;

before(async () => {
  await using media = await createMediaFolder();
  const mp3 = await media.make('a.mp3', noise('pink', 120), ['-c:a', 'libmp3lame', '-b:a', '64k']);
  postgres = cleanUp.use(await startPostgres());
  source = cleanUp.use(await startHttpSource(serve(mp3)));
  const store = storeOf({ after: (close) => cleanUp.defer(close) }, postgres.url);
  admin = await newKey(store, ['admin', 'transcode']);
  watcher = await newKey(store, ['transcode'], { subject: 'ann' });
  const settings = { SOURCE_ALLOWED_NETWORKS: source.network, DATABASE_URL: postgres.url, JWT_SECRET };
  [one, other] = await Promise.all([
    startHost(settings).then((host) => cleanUp.use(host)),
    startHost(settings).then((host) => cleanUp.use(host)),
  ]);
});
after(() => cleanUp.disposeAsync());

const withKey = (key: string) => ({ 'x-api-key': key });

/** Creates a key for ann, or with `byToken` a token of it, and returns the headers that use it. */
async function annOf(byToken: boolean): Promise<{ id: string; headers: Readonly<Record<string, string>> }> {
  const body = { name: 'ann', scopes: ['transcode'], subject: 'ann' };
  const made = await served(() => call(one, '/api/keys', { body, headers: withKey(admin) }));
  const { id, key } = made.json();
  if (!byToken) return { id, headers: withKey(key) };
  const grant = { body: { grant_type: 'client_credentials' }, headers: withKey(key) };
  const { access_token: token } = (await served(() => call(one, '/oauth/token', grant))).json();
  return { id, headers: { authorization: `Bearer ${token}` } };
}

/** Asks again while a lookup takes longer than the service waits for it, on a busy machine. */
function served(ask: () => Promise<Answer>): Promise<Answer> {
  return eventually(async () => {
    const answer = await ask();
    assert.ok(answer.status < 400, answer.body.toString());
    return answer;
  });
}

function opened(ask: () => Promise<IncomingMessage>): Promise<IncomingMessage> {
  return eventually(async () => {
    const response = await ask();
    if (response.statusCode !== 200) assert.fail((await readAll(response)).body.toString());
    return response;
  });
}

describe('the revocation of a key', () => {
  for (const byToken of [false, true]) {
    it(`cuts the streams and event streams ${byToken ? 'of its tokens' : 'that it started'} on every host`, async () => {
      const ann = await annOf(byToken);
      const fields = { source_url: `${source.origin}/`, output_format: 'opus', live: true };
      const stream = await opened(() => open(one, '/transcode', { body: fields, headers: ann.headers }));
      await once(stream, 'data');
      const path = `/transcodes/${stream.headers['x-transcode-id']}`;
      const untouched = await opened(() => open(other, `${path}/events`, { headers: withKey(watcher) }));
      const events = await opened(() => open(other, `${path}/events`, { headers: ann.headers }));
      const [audio, told, seen] = [readAll(stream), readAll(events), readAll(untouched)];

      await served(() => call(one, `/api/keys/${ann.id}`, { method: 'DELETE', headers: withKey(admin) }));
      assert.equal((await audio).complete, false);
      const { complete, body } = await told;
      assert.ok(complete);
      // The end of the stream may arrive from the other host before the end of the key does.
      const [, name, data = '{}'] = /event: (revoked|end)\ndata: (.*)\n\n$/.exec(body.toString()) ?? [];
      const event = JSON.parse(data);
      assert.partialDeepStrictEqual(name === 'revoked' ? event : event.error, {
        code: 'UNAUTHENTICATED',
        details: { reason: 'key_revoked' },
      });
      // Another key of the same subject is still served, and sees why the stream ended.
      assert.match((await seen).body.toString(), /event: end\n/);
      await eventually(async () => {
        const record = (await call(other, path, { headers: withKey(watcher) })).json();
        assert.partialDeepStrictEqual(record, {
          state: 'failed',
          error: { code: 'UNAUTHENTICATED', details: { reason: 'key_revoked' } },
        });
      });
    });
  }
});
