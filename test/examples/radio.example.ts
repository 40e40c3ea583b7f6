import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { delimiter, dirname } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createListeners } from '../../examples/radio/listeners.ts';
import { PYTHON, PYTHON_MISSING } from '../client/python/interpreter.ts';
import { type Service, startService } from '../client/support/service.ts';
import { decode, levelDb, type Sound, secondsOf } from '../support/audio.ts';
import { MEDIA_FFMPEG } from '../support/ffmpeg.ts';
import type { HttpSource } from '../support/http-source.ts';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.ts';
import { dominantFrequency, spectrumOf } from '../support/spectrum.ts';
import { ROOT, shellOf } from './support/guide.ts';
import { startTracks } from './support/tracks.ts';

const run = promisify(execFile);
const [START = '', LISTEN = ''] = shellOf('docs/guides/radio.md');

/** A tone, with noise that keeps the encoder at its bitrate. */
const noisyTone = (hz: number, seconds: number) => ({
  lavfi: `aevalsrc='0.2*sin(2*PI*${hz}*t)+0.02*(2*random(0)-1)':s=48000:d=${seconds}`,
});
const SECONDS = { one: 4, two: 3 };
/** 5 s at 128 kbit/s. */
const BURST_BYTES = 80_000;
/** A listener that never reads, with a small buffer. */
const NEVER_READS = `
import socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.connect(("127.0.0.1", int(sys.argv[1])))
s.sendall(b"GET /radio.aac HTTP/1.1\\r\\nHost: radio\\r\\n\\r\\n")
print("connected", flush=True)
time.sleep(60)
`;

type Listener = {
  readonly headers: Readonly<Record<string, unknown>>;
  /** What arrived, and when (ms). */
  readonly chunks: { readonly at: number; readonly bytes: Buffer }[];
  readonly body: () => Buffer;
  leave(): void;
};

const cleanUp = new AsyncDisposableStack();
let tracks: HttpSource;
let service: Service;
let folder: ScratchFolder;
let radio: string;
let printed = '';

before(async () => {
  tracks = cleanUp.use(await startTracks({ one: noisyTone(440, SECONDS.one), two: noisyTone(660, SECONDS.two) }));
  service = cleanUp.use(await startService({ SOURCE_ALLOWED_NETWORKS: tracks.network }));
  folder = cleanUp.use(scratchFolder());
  const urls = ['one', 'corrupt', 'two'].map((name) => `${tracks.origin}/${name}.mp3`).join(' ');
  const child = spawn('bash', ['-euo', 'pipefail', '-c', `exec ${START.replace(/https:.*/, urls)}`], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FFN_URL: service.url, PORT: '0', SOURCE_ALLOWED_NETWORKS: tracks.network },
  });
  cleanUp.defer(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    assert.equal(child.exitCode, 0, printed);
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  while (!printed.includes('http://')) await pause(20);
  radio = /http:\/\/\S+/.exec(printed)?.[0] ?? assert.fail();
  // Until new listeners get all of the burst.
  const first = await listen();
  while (first.body().length < BURST_BYTES) await pause(20);
  first.leave();
});
after(() => cleanUp.disposeAsync());

async function listen(headers: Readonly<Record<string, string>> = {}): Promise<Listener> {
  const sent = request(`${radio}/radio.aac`, { headers }).end();
  const [response] = await once(sent, 'response');
  const chunks: Listener['chunks'] = [];
  response.on('data', (bytes: Buffer) => chunks.push({ at: performance.now(), bytes }));
  response.on('error', () => undefined);
  return {
    headers: response.headers,
    chunks,
    body: () => Buffer.concat(chunks.map(({ bytes }) => bytes)),
    leave: () => sent.destroy(),
  };
}

/** Whole frames only: a listener leaves in the middle of one. */
function wholeFrames(aac: Buffer): Buffer {
  let end = 0;
  while (end + 7 <= aac.length) {
    const length = (aac.readUInt32BE(end + 2) >>> 5) & 0xffff & 0x1fff;
    if (end + length > aac.length) break;
    end += length;
  }
  return aac.subarray(0, end);
}

const heard = async (listener: Listener): Promise<Sound> => await decode(wholeFrames(listener.body()));
const part = (sound: Sound, from: number, seconds: number): Sound => {
  const at = (time: number): number => Math.round(time * sound.rate) * sound.channels;
  return { ...sound, samples: sound.samples.slice(at(from), at(from + seconds)) };
};
const toneOf = (sound: Sound, from: number): number => dominantFrequency(spectrumOf(part(sound, from, 0.4)));

function assertNoGap(sound: Sound): void {
  for (let from = 0.1; from < secondsOf(sound) - 0.1; from += 0.1)
    assert.ok(levelDb(part(sound, from, 0.1)) > -22, `at ${from.toFixed(1)} s: ${levelDb(part(sound, from, 0.1))} dB`);
}

/** How much audio a player that starts with the first chunk had left when it had least, seconds. */
function leastAhead({ chunks }: Listener, bytesPerSecond: number): number {
  const start = chunks[0]?.at ?? 0;
  let bytes = 0;
  return chunks.reduce((least, chunk) => {
    const ahead = bytes === 0 ? Number.POSITIVE_INFINITY : bytes / bytesPerSecond - (chunk.at - start) / 1_000;
    bytes += chunk.bytes.length;
    return Math.min(least, ahead);
  }, Number.POSITIVE_INFINITY);
}

describe('docs/guides/radio.md', { concurrency: true }, () => {
  it('plays one encode to listeners who come at different times, and skips what cannot be played', async (t) => {
    const early = await listen();
    assert.equal(early.headers['content-type'], 'audio/aac');
    await pause(3_000);
    const late = await listen();
    await pause(6_000);
    for (const listener of [early, late]) listener.leave();
    const [all, rest] = [wholeFrames(early.body()), wholeFrames(late.body())];
    const joined = all.indexOf(rest.subarray(0, 4_000));
    assert.ok(joined > 0);
    const common = Math.min(all.length - joined, rest.length);
    assert.ok(all.subarray(joined, joined + common).equals(rest.subarray(0, common)));
    const sound = await heard(early);
    const seconds = secondsOf(sound);
    const bytesPerSecond = all.length / seconds;
    const lateAt = late.chunks[0]?.at ?? assert.fail();
    const before = early.chunks.filter(({ at }) => at < lateAt).reduce((sum, { bytes }) => sum + bytes.length, 0);
    const burst = (before - joined) / bytesPerSecond;
    t.diagnostic(
      `early: ${seconds.toFixed(2)} s; late: from ${(joined / bytesPerSecond).toFixed(2)} s, ${burst.toFixed(2)} s of it at once`,
    );
    assert.ok(seconds > 11, `${seconds}`);
    // On a busy machine, the early listener receives a part only after the late one has come.
    assert.ok(burst > 3.5 && burst < 5.5, `${burst}`);
    assertNoGap(sound);
    const tones = new Set<number>();
    for (let from = 0; from < seconds - 0.4; from += 0.2) tones.add(Math.round(toneOf(sound, from) / 10) * 10);
    assert.deepEqual(tones, new Set([440, 660]));
    assert.match(printed, /skipped: corrupt UNSUPPORTED_FORMAT/);
  });

  it('returns the current title, and puts it between the audio for players that send Icy-MetaData', async () => {
    const player = await listen({ 'icy-metadata': '1' });
    const { title, listeners } = (await (await fetch(`${radio}/now`)).json()) as { title: string; listeners: number };
    assert.match(title, /^(one|two|corrupt)$/);
    assert.ok(listeners >= 1);
    await pause(4_500);
    player.leave();
    const every = Number(player.headers['icy-metaint']);
    const { audio, titles } = withoutTitles(player.body(), every);
    await decode(wholeFrames(audio));
    assert.ok(titles.length >= 1);
    for (const text of titles) assert.match(text, /^StreamTitle='(one|two|corrupt)';\0*$/);
    assert.match(await (await fetch(radio)).text(), /<audio controls src="\/radio\.aac">/);
  });

  it('plays on while a listener never reads', { skip: PYTHON_MISSING }, async (t) => {
    const good = await listen();
    const child = spawn(PYTHON, ['-c', NEVER_READS, new URL(radio).port], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await pause(4_000);
    child.kill();
    good.leave();
    const sound = await heard(good);
    assertNoGap(sound);
    const ahead = leastAhead(good, good.body().length / secondsOf(sound));
    t.diagnostic(`least audio ahead: ${ahead.toFixed(2)} s`);
    assert.ok(ahead > 0, `${ahead}`);
  });

  it('disconnects a listener that has 15 s left to read', () => {
    const listeners = createListeners(8_000);
    const written: Buffer[] = [];
    const [reads, neverReads] = [
      new Writable({
        write(chunk, _, done) {
          written.push(chunk);
          done();
        },
      }),
      new Writable({ write: () => undefined }),
    ];
    for (const listener of [reads, neverReads]) listeners.add(listener);
    for (let sent = 0; sent < 20; sent += 1) listeners.send(Buffer.alloc(8_000));
    assert.deepEqual([reads.destroyed, neverReads.destroyed], [false, true]);
    assert.equal(Buffer.concat(written).length, 160_000);
  });

  it('is heard with the commands of the guide', async () => {
    const commands = LISTEN.replaceAll('http://127.0.0.1:8000', radio);
    const path = [dirname(MEDIA_FFMPEG), process.env['PATH']].join(delimiter);
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', commands], {
      cwd: folder.path,
      env: { ...process.env, PATH: path },
    });
    assert.match(stdout, /"title":"/);
    const sound = await decode(readFileSync(folder.file('three-seconds.wav')));
    assert.ok(Math.abs(secondsOf(sound) - 3) < 0.1);
    assertNoGap(sound);
  });
});

// After all others: the service stays down.
describe('a radio whose service is killed', () => {
  it('plays on without a gap', async (t) => {
    const listener = await listen();
    await pause(2_000);
    await service.kill();
    await pause(5_000);
    listener.leave();
    const sound = await heard(listener);
    assertNoGap(sound);
    const ahead = leastAhead(listener, listener.body().length / secondsOf(sound));
    t.diagnostic(`${secondsOf(sound).toFixed(2)} s heard; least audio ahead: ${ahead.toFixed(2)} s`);
    assert.ok(ahead > 0, `${ahead}`);
    assert.ok(secondsOf(sound) > 9);
  });
});

function withoutTitles(body: Buffer, every: number): { audio: Buffer; titles: string[] } {
  const audio: Buffer[] = [];
  const titles: string[] = [];
  for (let at = 0; at < body.length; ) {
    audio.push(body.subarray(at, at + every));
    at += every;
    const length = (body[at] ?? 0) * 16;
    if (length > 0) titles.push(body.toString('utf8', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { audio: Buffer.concat(audio), titles };
}
