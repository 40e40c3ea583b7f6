import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { v7 as uuid } from 'uuid';
import { baseUrls } from '#lib/dash/base-urls.ts';
import { playlistUris } from '#lib/hls/playlist-uris.ts';
import type { FoundJob } from '#lib/jobs/job-store.ts';
import { createFileTokens } from '#lib/jobs/packages/file-tokens.ts';
import { createPackageFiles, type FileReader } from '#lib/jobs/packages/package-files.ts';
import { withPackageUrls } from '#lib/jobs/packages/package-url.ts';
import { createSecrets } from '#lib/secrets/sealed.ts';

const SECRETS = createSecrets([{ id: 'a', key: Buffer.alloc(32, 1) }]);
const TEXTS: Readonly<Record<string, string>> = {
  'master.m3u8': '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="audio.m3u8"\n#EXT-X-STREAM-INF:BANDWIDTH=1\n720p.m3u8\n',
  '720p.m3u8': '#EXTM3U\n#EXT-X-MAP:URI="720p.mp4",BYTERANGE="1@0"\n#EXTINF:4,\n720p.mp4\n',
  'audio.m3u8': `#EXTM3U\n${'#EXTINF:4,\n#EXT-X-BYTERANGE:1@0\naudio.mp4\n'.repeat(3_600)}#EXT-X-ENDLIST\n`,
  'manifest.mpd': '<MPD><BaseURL>720p.mp4</BaseURL><BaseURL>audio.mp4</BaseURL></MPD>',
};
const LENGTH = 5_400;
const HOUR = 3_600;

/** A completed job of Alice with a package in each format. */
function shelf({ hasKey = true, expiresInMs = 86_400_000 } = {}) {
  const id = uuid();
  const clock = { now: 1_000_000_000_000 };
  const output = (name: string, format: string, files: readonly string[]) => {
    const keys = files.map((file) => `jobs/alice/${id}/1/${name}/${file}`);
    const rest = {
      bytes: 1,
      width: 1,
      height: 1,
      video: 'encoded',
      audio: 'encoded',
      not_copied_because: null,
    } as const;
    return { name, format, ...rest, duration_seconds: LENGTH, key: keys[0] ?? null, destination: null, files: keys };
  };
  const outputs = [
    output('web', 'hls', ['master.m3u8', '720p.m3u8', 'audio.m3u8', '720p.mp4', 'audio.mp4']),
    output('mpd', 'dash', ['manifest.mpd', '720p.mp4', 'audio.mp4']),
  ];
  const expires_at = new Date(Date.now() + expiresInMs).toISOString();
  const record = { id, status: 'completed', result: { outputs, cached: false, expires_at } };
  const signed: [key: string, seconds: number][] = [];
  const tokens = createFileTokens({ secrets: SECRETS, hasKey, now: () => clock.now });
  const files = createPackageFiles({
    store: { find: async (found) => (found === id ? ({ owner: 'alice', record } as unknown as FoundJob) : undefined) },
    tokens,
    read: async (key) => TEXTS[key.split('/').at(-1) ?? ''] ?? assert.fail(key),
    async sign(key, seconds) {
      signed.push([key, seconds]);
      return `https://bucket.example/${key}?X-Amz-Signature=a&b`;
    },
  });
  const sign = withPackageUrls({
    ...{ tokens, seconds: HOUR, sign: async (key) => key },
    urlOf: (place) => `https://service.example/${place.id}/${place.output}/${place.file}`,
  });
  const urlOf = async (name: string) => {
    const found = outputs.find((each) => each.name === name) ?? assert.fail(name);
    return new URL(await sign(found.key ?? '', { jobId: id, output: found }));
  };
  const tokenIn = async (name: string) => (await urlOf(name)).searchParams.get('token') ?? '';
  const read = async (reader: FileReader, output: string, file: string) => {
    const found = await files(reader, { id, output, file });
    return found.kind === 'text' ? (await Array.fromAsync(found.parts)).join('') : found.url;
  };
  return { id, clock, signed, read, urlOf, tokenIn, files };
}

const caller = (subject: string): FileReader => ({ caller: { subject, scopes: ['jobs'], via: 'token' } });
const childToken = (text: string) =>
  new URL(playlistUris(text)[0] ?? '', 'https://x.org').searchParams.get('token') ?? '';
const refused = (reason: string) => ({ code: 'UNAUTHENTICATED', details: { reason } });

describe('the files of a package', () => {
  it('are read with nothing but the URL of the main playlist', async () => {
    const { read, tokenIn, id } = shelf();
    const master = await read({ token: await tokenIn('web') }, 'web', 'master.m3u8');
    assert.deepEqual(
      playlistUris(master).map((uri) => uri.split('?')[0]),
      ['audio.m3u8', '720p.m3u8'],
    );
    assert.equal(new Set(playlistUris(master).map((uri) => uri.split('?')[1])).size, 1);
    const media = await read({ token: childToken(master) }, 'web', '720p.m3u8');
    assert.deepEqual(playlistUris(media), [
      `https://bucket.example/jobs/alice/${id}/1/web/720p.mp4?X-Amz-Signature=a&b`,
    ]);
    const manifest = await read({ token: await tokenIn('mpd') }, 'mpd', 'manifest.mpd');
    assert.deepEqual(
      baseUrls(manifest).map((url) => url.split('?')[0]?.split('/').at(-1)),
      ['720p.mp4', 'audio.mp4'],
    );
  });

  it('can be played for the length of the film and two hours from the moment at which the main playlist was read', async () => {
    const { read, tokenIn, clock, signed } = shelf();
    const token = await tokenIn('web');
    clock.now += (HOUR - 1) * 1_000;
    const master = await read({ token }, 'web', 'master.m3u8');
    clock.now += (LENGTH + 2 * HOUR - 1) * 1_000;
    await read({ token: childToken(master) }, 'web', '720p.m3u8');
    assert.ok(signed.every(([, seconds]) => seconds >= LENGTH + 2 * HOUR));
    clock.now += 1_000;
    await assert.rejects(read({ token: childToken(master) }, 'web', '720p.m3u8'), refused('expired'));
  });

  it('are not read with a URL that is older than an hour', async () => {
    const { read, tokenIn, clock } = shelf();
    const token = await tokenIn('web');
    clock.now += HOUR * 1_000;
    await assert.rejects(read({ token }, 'web', 'master.m3u8'), refused('expired'));
    await assert.rejects(read({ token }, 'web', '720p.mp4'), refused('expired'));
  });

  it('are read with a token for that job, output and use only, which therefore renews nothing', async () => {
    const [one, other] = [shelf(), shelf()];
    const token = await one.tokenIn('web');
    const master = await one.read({ token }, 'web', 'master.m3u8');
    await assert.rejects(other.read({ token }, 'web', 'master.m3u8'), refused('invalid'));
    await assert.rejects(one.read({ token }, 'mpd', 'manifest.mpd'), refused('invalid'));
    await assert.rejects(one.read({ token }, 'web', '720p.m3u8'), refused('invalid'));
    await assert.rejects(one.read({ token: childToken(master) }, 'web', 'master.m3u8'), refused('invalid'));
    await assert.rejects(one.read({ token: childToken(master) }, 'web', '720p.mp4'), refused('invalid'));
    for (const output of ['web', 'mpd']) {
      assert.match(await one.read({ token: await one.tokenIn(output) }, output, '720p.mp4'), /^https:.*\/720p\.mp4\?/);
    }
    const changed = `${token.slice(0, -2)}${token.endsWith('AA') ? 'BA' : 'AA'}`;
    for (const wrong of ['', 'v1.a.AAAA', changed, 'x'.repeat(10_000)]) {
      await assert.rejects(one.read({ token: wrong }, 'web', 'master.m3u8'), refused('invalid'));
    }
  });

  it('are a playlist of four hours in parts with one signature, so that no part holds up other requests', async () => {
    const { files, id, signed } = shelf();
    const found = await files(caller('alice'), { id, output: 'web', file: 'audio.m3u8' });
    const parts = found.kind === 'text' ? await Array.fromAsync(found.parts) : [];
    assert.ok(parts.length > 30 && parts.every((part) => part.length < 20_000), `${parts.map(({ length }) => length)}`);
    assert.equal(parts.join('').match(/^https:\/\/bucket\.example\/.*\/audio\.mp4\?/gm)?.length, 3_600);
    assert.equal(signed.length, 1);
  });

  it('are read by the owner of the job without a token, and by no other caller', async () => {
    const { read, files, id } = shelf();
    assert.match(await read(caller('alice'), 'web', 'master.m3u8'), /token=/);
    assert.match(await read(caller('alice'), 'web', 'audio.mp4'), /^https:\/\/bucket\.example\/.*\/audio\.mp4\?/);
    await assert.rejects(read(caller('bob'), 'web', 'master.m3u8'), { code: 'NOT_FOUND' });
    for (const [output, file] of [
      ['film', 'master.m3u8'],
      ['web', '480p.mp4'],
      ['web', '..'],
    ] as const) {
      await assert.rejects(read(caller('alice'), output, file), { code: 'NOT_FOUND' });
    }
    for (const wrong of ['none', uuid()]) {
      await assert.rejects(files(caller('alice'), { id: wrong, output: 'web', file: 'master.m3u8' }), {
        code: 'NOT_FOUND',
      });
    }
    await files(caller('alice'), { id: id.toUpperCase(), output: 'web', file: 'master.m3u8' });
  });

  it('need credentials where no key is configured', async () => {
    const { urlOf, read } = shelf({ hasKey: false });
    assert.equal((await urlOf('web')).search, '');
    assert.deepEqual(playlistUris(await read(caller('alice'), 'web', 'master.m3u8')), ['audio.m3u8', '720p.m3u8']);
  });

  it('are gone when the result has expired', async () => {
    const { read, tokenIn } = shelf({ expiresInMs: 0 });
    const token = await tokenIn('web');
    await assert.rejects(read({ token }, 'web', 'master.m3u8'), { code: 'NOT_FOUND', details: { reason: 'expired' } });
  });
});
