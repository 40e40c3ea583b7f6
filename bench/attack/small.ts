import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { testClient } from '../../test/client/support/client.ts';
import { runFfn } from '../../test/client/support/ffn.ts';
import { call, type Fields, transcode } from '../../test/support/client.ts';
import { startHost } from '../../test/support/host.ts';
import { endless, serve, startHttpSource } from '../../test/support/http-source.ts';
import { claims, JWT_SECRET, tokenOf } from '../../test/support/jwt.ts';
import { residentBytes } from '../../test/support/leaks.ts';
import { createMediaFolder, noise, tone } from '../../test/support/media.ts';
import { type Attack, type Checks, createChecks } from './attack.ts';

const FFN = fileURLToPath(new URL('../../client/cli/ffn.ts', import.meta.url));
/** Clears the screen, sets the title, writes the clipboard, reverses text. */
const HOSTILE = '\u001b[2J\u001b]0;title\u0007\u001b]52;c;aGk=\u0007\u009b31m\u202egnp\r';
const ACTING = /[^\P{Cc}\n]|[\u202a-\u202e]/u;
/** An endless response is read up to 1 MiB. */
const MOST_GROWTH = 64e6;
const MANY_NETWORKS = 70;

/** Small things that users meet. */
export const SMALL: Attack = {
  about: 'Cache-Status, a WAV of 1 Hz, odd keys, escape sequences, endless responses, forwarded addresses of one /48',
  async run() {
    const checks = createChecks();
    for (const attack of [cacheStatus, poison, terminal, endlessResponse, manyAddresses]) await attack(checks);
    return checks.result('{checks} checks');
  },
};

/** A response tells nothing of what other callers play. */
async function cacheStatus(checks: Checks): Promise<void> {
  await using media = await createMediaFolder();
  const mp3 = await media.make('a.mp3', noise('pink', 2), ['-c:a', 'libmp3lame']);
  await using source = await startHttpSource(serve(mp3, { headers: { etag: '"1"' } }));
  await using host = await startHost({ SOURCE_ALLOWED_NETWORKS: source.network, JWT_SECRET });
  const played = async (sub: string): Promise<string> => {
    const headers = { authorization: `Bearer ${await tokenOf(claims({ sub }))}` };
    const body: Fields = { source_url: source.origin, output_format: 'opus' };
    return String((await call(host, '/transcode', { body, headers })).headers['cache-status']);
  };
  const [, again, other] = [await played('ann'), await played('ann'), await played('bob')];
  checks.expect(/\bhit\b/.test(again), `the same caller again: ${again}`);
  checks.expect(!/\bhit\b|collapsed/.test(other), `Cache-Status tells of another caller: ${other}`);
}

/** What fails today fails tomorrow: no retry is suggested. */
async function poison(checks: Checks): Promise<void> {
  await using media = await createMediaFolder();
  const wav = await media.make('a.wav', tone(440, 1));
  wav.writeUInt32LE(1, 24);
  await using source = await startHttpSource(serve(wav));
  await using host = await startHost({ SOURCE_ALLOWED_NETWORKS: source.network, SOURCE_BUCKETS: 'media' });
  for (const source_url of [source.origin, 's3://media/\ud800']) {
    const { status, headers, body } = await transcode(host, { source_url, output_format: 'opus' });
    const isFinal =
      status === 200 || (headers['retry-after'] === undefined && JSON.parse(`${body}`).recoverable === false);
    checks.expect(isFinal, `${JSON.stringify(source_url)} got ${status}, to be tried again`);
  }
}

/** A server cannot act on the terminal of `ffn`. */
async function terminal(checks: Checks): Promise<void> {
  const body = JSON.stringify({ code: 'NOT_FOUND', message: HOSTILE.repeat(1_000), details: { [HOSTILE]: HOSTILE } });
  await using service = await startHttpSource((_, response) => {
    response.writeHead(404, { 'content-type': 'application/json' }).end(body);
  });
  for (const command of ['list', 'health']) {
    const { stdout, stderr } = await runFfn([command], { ffn: FFN, settings: { FFN_URL: service.origin } });
    const printed = `${stdout}${stderr}`;
    checks.expect(printed !== '' && !ACTING.test(printed), `ffn ${command} prints what acts on a terminal`);
    checks.expect(printed.length < 10_000, `ffn ${command} prints ${printed.length} characters`);
  }
}

/** A server cannot fill the memory of a client. */
async function endlessResponse(checks: Checks): Promise<void> {
  await using service = await startHttpSource(endless(Buffer.alloc(65_536, '[')));
  using client = testClient({ baseUrl: service.origin, fallback: false });
  const before = residentBytes(process.pid);
  const answered = await Promise.race([client.health().then(String, (error: Error) => error.message), delay(20_000)]);
  checks.expect(answered !== undefined, 'the client reads an endless response without end');
  const grown = residentBytes(process.pid) - before;
  checks.expect(grown < MOST_GROWTH, `the client took ${(grown / 1e6).toFixed(0)} MB for an endless response`);
}

/** One site has one /48 of IPv6 addresses, and not 65,536 rate limits. */
async function manyAddresses(checks: Checks): Promise<void> {
  await using host = await startHost({
    TRUSTED_PROXIES: '127.0.0.1/32',
    RATE_LIMIT_PER_ADDRESS: '5',
    AUTHENTICATION: 'required',
    JWT_SECRET,
  });
  const statuses = new Set<number>();
  for (let network = 0; network < MANY_NETWORKS; network += 1) {
    const headers = { 'x-forwarded-for': `2a00:1450:1:${network.toString(16)}::1` };
    statuses.add((await call(host, '/transcodes', { headers })).status);
  }
  checks.expect(statuses.has(429), `${MANY_NETWORKS} networks of one /48 are never limited`);
}
