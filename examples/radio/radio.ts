// node examples/radio/radio.ts URL…
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { argv, env, exit } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient, type PlaylistItem } from 'ffmpeg-functions/client';
import { createListeners } from './listeners.ts';
import { withTitles } from './titles.ts';

const PAGE = `<!doctype html><meta charset="utf-8"><title>Radio</title><h1 id="title"></h1><audio controls src="/radio.aac">
</audio><script>const show = async () => { title.textContent = (await (await fetch('/now')).json()).title; };
show(); setInterval(show, 5000);</script>`;

const { FFN_URL = 'http://127.0.0.1:8090', FFN_API_KEY, PORT = '8000', BITRATE = '128k' } = env;
const urls = argv.slice(2);
if (urls.length === 0) throw new Error('usage: radio.ts URL…');
const client = createClient({ baseUrl: FFN_URL, ...(FFN_API_KEY && { credentials: { apiKey: FFN_API_KEY } }) });
const listeners = createListeners(Number.parseInt(BITRATE, 10) * 125);
let title = '';
let failures = 0;

async function* endlessly(): AsyncGenerator<string> {
  for (;;) {
    for (const url of urls) yield url;
    if (failures >= urls.length) await pause(1_000); // not one of them can be played
  }
}

async function play(): Promise<void> {
  const stream = await client.playlist(endlessly(), {
    output_format: 'aac',
    bitrate: BITRATE,
    lead_seconds: 5,
    adjust: [],
  });
  stream.events.on('track', ({ item }) => {
    title = nameOf(item);
  });
  stream.events.on('skipped', ({ item, error }) => {
    failures += 1;
    console.error('skipped:', nameOf(item), error.code);
  });
  for await (const frames of stream) {
    failures = 0;
    listeners.send(frames);
  }
}

function listen(request: IncomingMessage, response: ServerResponse): void {
  const wantsTitles = request.headers['icy-metadata'] === '1';
  const titles = withTitles(() => title);
  response.writeHead(200, {
    'content-type': 'audio/aac',
    'cache-control': 'no-store',
    ...(wantsTitles && { 'icy-metaint': titles.everyBytes }),
  });
  listeners.add(response, wantsTitles ? titles.wrap : undefined);
}

function nameOf(item: PlaylistItem): string {
  const url = typeof item === 'string' ? item : item.source_url;
  return decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? url).replace(/\.\w+$/, '');
}

const server = createServer((request, response) => {
  if (request.url === '/radio.aac') listen(request, response);
  else if (request.url === '/now') response.end(JSON.stringify({ title, listeners: listeners.count() }));
  else if (request.url === '/') response.setHeader('content-type', 'text/html').end(PAGE);
  else response.writeHead(404).end();
});
server.listen(Number(PORT), () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    client.close();
    exit();
  });
}
for (;;) {
  // It ends only while neither the service nor a local ffmpeg has audio.
  await play().catch((error: Error) => console.error('stopped:', error.message));
  await pause(1_000);
}
