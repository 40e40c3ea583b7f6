import { once } from 'node:events';
import { createServer } from 'node:http';
import { isIPv6 } from 'node:net';
import { transcode } from '../../test/support/client.ts';
import { startHost } from '../../test/support/host.ts';
import { serve } from '../../test/support/http-source.ts';
import { createMediaFolder, noise } from '../../test/support/media.ts';
import { LOCAL_CLIENTS } from './local-clients.ts';
import type { InsideReport } from './own-addresses.ts';

/** `own-addresses-inside.ts ADDRESS…`, in a network namespace that has the addresses: prints an InsideReport. */
const PORT = 8_000;
const addresses = process.argv.slice(2);
const refused: string[] = [];
const broken: string[] = [];
const note = (text: string, holds: boolean): void => void (holds ? refused : broken).push(text);

await using media = await createMediaFolder();
const mp3 = await media.make('a.mp3', noise('pink', 1), ['-c:a', 'libmp3lame']);
let connections = 0;
const server = createServer(serve(mp3)).on('connection', () => {
  connections += 1;
});
await once(server.listen(PORT, '::'), 'listening');

const urls = addresses.map((address) => `http://${isIPv6(address) ? `[${address}]` : address}:${PORT}/`);
{
  await using host = await startHost();
  for (const source_url of urls) {
    const { status, body } = await transcode(host, { source_url, output_format: 'pcm' });
    note(`the service: ${source_url} got ${status} ${body.subarray(0, 200)}`, status === 403);
  }
}
for (const [name, client] of Object.entries(LOCAL_CLIENTS)) {
  const codes = await client(urls.map((source_url) => ({ source_url, networks: [] })));
  urls.forEach((url, index) => {
    note(`the ${name} client: ${url} got ${codes[index]}`, codes[index] === 'SOURCE_FORBIDDEN');
  });
}
note(`${connections} connections to the server`, connections === 0);

const allowed = addresses.map((address) => `${address}/${isIPv6(address) ? 128 : 32}`);
{
  await using host = await startHost({ SOURCE_ALLOWED_NETWORKS: allowed.join(',') });
  for (const source_url of urls) {
    const { status } = await transcode(host, { source_url, output_format: 'pcm' });
    note(`an operator who allows ${source_url} got ${status}`, status === 200);
  }
}
server.closeAllConnections();
server.close();
const report: InsideReport = { refused, broken };
process.stdout.write(JSON.stringify(report));
