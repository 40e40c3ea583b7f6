import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { baseUrls } from '#lib/dash/base-urls.ts';
import { playlistUris } from '#lib/hls/playlist-uris.ts';
import type { JobRecord } from '#lib/jobs/record.ts';
import { eventually } from '../support/eventually.ts';
import { MEDIA_FFMPEG } from '../support/ffmpeg.ts';
import { claims, JWT_SECRET, tokenOf } from '../support/jwt.ts';
import { query } from '../support/query.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { type JobSystem, startJobSystem } from './support/job-system.ts';

const PAGE = 'https://player.example';
let system: JobSystem;
let ann: Record<string, string>;
let job: JobRecord;

before(async () => {
  system = await startJobSystem({
    ...{ AUTHENTICATION: 'required', JWT_SECRET, CORS_ORIGINS: PAGE },
    SECRETS_KEYS: `test:${Buffer.alloc(32, 7).toString('base64url')}`,
  });
  await system.startRunner();
  ann = await headersOf('ann');
  job = await completed([
    { name: 'web', format: 'hls', ladder: ['240p', 'audio'] },
    { name: 'mpd', format: 'dash', ladder: ['240p'] },
    { name: 'film', format: 'mp4' },
  ]);
});
after(() => system?.[Symbol.asyncDispose]());

async function headersOf(sub: string): Promise<Record<string, string>> {
  const exp = Math.floor(Date.now() / 1_000) + 600;
  return { authorization: `Bearer ${await tokenOf(claims({ sub, scope: 'jobs', exp }))}` };
}

async function completed(outputs: readonly object[]): Promise<JobRecord> {
  using folder = scratchFolder();
  execFileSync(MEDIA_FFMPEG, [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=25:d=9', '-f', 'lavfi', '-i', 'sine=440:r=48000:d=9'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', folder.file('film.mp4')],
  ]);
  const inputs = { a: system.serve('film.mp4', readFileSync(folder.file('film.mp4'))) };
  const { id } = await system.submit({ inputs, outputs }, { headers: ann });
  return await eventually(
    async () => {
      const found = (await (await system.call(`/api/jobs/${id}`, { headers: ann })).json()) as JobRecord;
      assert.equal(found.status, 'completed', JSON.stringify(found));
      return found;
    },
    { withinMs: 60_000 },
  );
}

const outputOf = (name: string) => job.result?.outputs.find((output) => output.name === name) ?? assert.fail(name);
const withoutToken = (url: string) => url.replace(/\?.*/, '');

describe('a package', () => {
  it('is read with nothing but its URL, from any site that may call the service', async () => {
    const { url, bytes, duration_seconds: seconds } = outputOf('web');
    assert.match(url, new RegExp(`^/api/jobs/${job.id}/files/web/master\\.m3u8\\?token=v1\\.test\\.[\\w-]+$`));
    assert.equal(seconds, 9);
    const master = await system.call(url, { headers: { origin: PAGE } });
    assert.deepEqual(
      ['content-type', 'cache-control', 'access-control-allow-origin', 'content-encoding'].map((name) =>
        master.headers.get(name),
      ),
      ['application/vnd.apple.mpegurl', 'no-store', PAGE, 'gzip'],
    );
    const plain = await system.call(url, { headers: { 'accept-encoding': 'identity' } });
    assert.equal(plain.headers.get('content-encoding'), null);
    const children = playlistUris(await master.text());
    assert.equal(playlistUris(await plain.text()).length, children.length);
    let media = 0;
    for (const child of children) {
      const playlist = await (await fetch(new URL(child, `${system.url}${url}`))).text();
      const [signed = '', ...others] = playlistUris(playlist);
      assert.deepEqual(others, []);
      assert.ok(Number(new URL(signed).searchParams.get('X-Amz-Expires')) >= 9 + 7_200);
      const [, length = '', offset = ''] = /#EXT-X-BYTERANGE:(\d+)@(\d+)/.exec(playlist) ?? [];
      const range = `bytes=${offset}-${Number(offset) + Number(length) - 1}`;
      const segment = await fetch(signed, { headers: { range, origin: PAGE } });
      const body = Buffer.from(await segment.arrayBuffer());
      assert.deepEqual([segment.status, body.length, body.toString('latin1', 4, 8)], [206, Number(length), 'moof']);
      assert.equal(segment.headers.get('access-control-allow-origin'), PAGE);
      media += (await (await fetch(signed)).arrayBuffer()).byteLength;
    }
    assert.ok(media > 0 && media < bytes);
  });

  it('has a manifest with signed URLs, for DASH', async () => {
    const response = await system.call(outputOf('mpd').url);
    assert.equal(response.headers.get('content-type'), 'application/dash+xml');
    const urls = baseUrls(await response.text());
    assert.deepEqual(
      urls.map((url) => new URL(url).pathname.split('/').at(-1)),
      ['240p.mp4', 'audio.mp4'],
    );
    for (const url of urls) assert.equal((await fetch(url, { headers: { range: 'bytes=0-99' } })).status, 206);
  });

  it('is read by its owner with credentials, and by nobody else', async () => {
    const master = withoutToken(outputOf('web').url);
    const status = async (path: string, headers?: Record<string, string>) =>
      (await system.call(path, headers === undefined ? {} : { headers })).status;
    assert.equal(await status(master, ann), 200);
    assert.equal(await status(master), 401);
    assert.equal(await status(master, await headersOf('bob')), 404);
    assert.equal(await status(`${master}?token=v1.test.AAAA`), 401);
    assert.equal(await status(`${master}?token=v1.test.AAAA`, ann), 401);
    assert.equal(await status(outputOf('web').url.replace('/web/master', '/web/240p')), 401);
    assert.equal(await status(`/api/jobs/${job.id}/files/web/none.mp4`, ann), 404);
    assert.equal(await status(`/api/jobs/${job.id}/files/film/film.mp4`, ann), 404);
    // A token opens files, and nothing else of the job.
    const [, token = ''] = outputOf('web').url.split('?');
    assert.equal(await status(`/api/jobs/${job.id}?${token}`), 401);
    const media = await system.call(master.replace('master.m3u8', '240p.mp4'), { headers: ann });
    assert.equal(media.status, 302);
    assert.equal((await fetch(media.headers.get('location') ?? '')).status, 200);
  });

  it('is where the result of the job leads', async () => {
    const result = await system.call(`/api/jobs/${job.id}/result?output=web`, { headers: ann });
    assert.equal(result.status, 302);
    const location = result.headers.get('location') ?? '';
    assert.equal(withoutToken(location), withoutToken(outputOf('web').url));
    assert.equal((await system.call(location)).status, 200);
  });

  it('leaves no token and no signature in the logs', async () => {
    assert.match(system.host.printed(), /files\/web\/master\.m3u8/);
    assert.doesNotMatch(system.host.printed(), /v1\.test\.|X-Amz-Signature/);
  });

  it('is deleted with its job, with all its files', async () => {
    const keys = (await system.s3.keys('own')).filter((key) => key.includes(job.id));
    const kept = 'select count(*)::int as count from job_objects where delete_at is null and upload_id is null';
    assert.deepEqual([keys.length, await query(system.postgres.url, kept)], [9, [{ count: 9 }]]);
    assert.equal((await system.call(`/api/jobs/${job.id}`, { method: 'DELETE', headers: ann })).status, 204);
    assert.equal((await system.call(outputOf('web').url)).status, 404);
    // The next sweep deletes them.
    assert.deepEqual(await query(system.postgres.url, kept), [{ count: 0 }]);
  });
});
