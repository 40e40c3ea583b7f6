import assert from 'node:assert/strict';
import { it } from 'node:test';
import { transcode } from '../support/client.ts';
import { startHost } from '../support/host.ts';
import { serve, startHttpSource } from '../support/http-source.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { startNameServer } from '../support/name-server.ts';

const REQUESTS = 40;

it('a source with a name plays at once after 40 requests for names that no name server answers for', async () => {
  await using media = await createMediaFolder();
  const mp3 = await media.make('a.mp3', noise('pink', 1), ['-c:a', 'libmp3lame']);
  await using source = await startHttpSource(serve(mp3));
  await using names = await startNameServer({ 'named.example': { addresses: ['127.0.0.1'] } });
  await using host = await startHost({
    SOURCE_ALLOWED_NETWORKS: source.network,
    SOURCE_DNS_SERVERS: names.server,
    SOURCE_CONNECT_TIMEOUT_SECONDS: 6,
  });
  const headers = { 'content-type': 'application/json' };
  const abandoned = Array.from({ length: REQUESTS }, (_, index) => {
    const body = JSON.stringify({ source_url: `http://silent${index}.example/a.mp3`, output_format: 'pcm' });
    const signal = AbortSignal.timeout(20);
    return fetch(`${host.url}/transcode`, { method: 'POST', headers, body, signal });
  });
  for (const { status } of await Promise.allSettled(abandoned)) assert.equal(status, 'rejected');
  const source_url = `http://named.example:${source.port}/a.mp3`;
  const { status, body } = await transcode(host, { source_url, output_format: 'pcm' });
  assert.equal(status, 200, body.toString());
});
