import assert from 'node:assert/strict';
import { lookup } from 'node:dns/promises';
import { describe, it } from 'node:test';
import type { Caller } from '#lib/identity/caller.ts';
import { createResolver } from '#lib/sources/connection/resolver.ts';
import { serve, startHttpSource } from '../../support/http-source.ts';
import { startNameServer } from '../../support/name-server.ts';
import { makeTone } from './support/media.ts';
import { openerFor, readAll } from './support/opener.ts';

const mp3 = makeTone('tone.mp3', ['-id3v2_version', '0', '-b:a', '128k']);
const callerOf = (subject: string): Caller => ({ subject, scopes: ['transcode'], via: 'token' });
const REQUESTS = 40;
/** In one queue for all callers, four lookups at a time of 2 s each would take 20 s. */
const LONGEST_MS = 6_000;

describe('while 40 requests of one caller name hosts that no name server answers for', () => {
  /** Opens such sources and runs `during`. Each request is abandoned after `abandonMs`, or at the end. */
  async function besides(abandonMs: number | undefined, during: () => Promise<void>): Promise<void> {
    await using source = await startHttpSource(serve(mp3));
    await using names = await startNameServer({ 'named.example': { addresses: ['127.0.0.1'] } });
    const resolve = createResolver({ servers: [names.server] });
    await using opener = openerFor([source], { resolve });
    const end = new AbortController();
    const opened = Array.from({ length: REQUESTS }, (_, index) => {
      const signal = abandonMs === undefined ? end.signal : AbortSignal.timeout(abandonMs);
      const url = `http://silent${index}.example:${source.port}/`;
      return opener.open(url, { accept: 'audio', signal, caller: callerOf('greedy') });
    });
    const settled = Promise.allSettled(opened);
    if (abandonMs !== undefined) await settled;
    const others = AbortSignal.timeout(LONGEST_MS);
    for (let index = 0; index < 5; index += 1) {
      const url = `http://named.example:${source.port}/`;
      const other = await opener.open(url, { accept: 'audio', signal: others, caller: callerOf('other') });
      assert.deepEqual(await readAll(other), mp3);
    }
    await during();
    end.abort(new Error('left'));
    for (const outcome of await settled) assert.equal(outcome.status, 'rejected');
  }

  it('another caller’s named sources open at once', () => besides(undefined, async () => {}));

  it('and abandons them after 20 ms, all named sources open at once', () => besides(20, async () => {}));

  it('the system resolves the names of the database and of S3 at once', () =>
    besides(undefined, async () => {
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(new Error('the system resolves no names')), LONGEST_MS);
      await Promise.race([lookup('localhost'), late.promise]).finally(() => clearTimeout(timer));
    }));
});
