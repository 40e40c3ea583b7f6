import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { FIRST_PAGE, writeOggPage } from '#lib/containers/ogg-page.ts';
import { makePackageFolder } from '../../client/build/package-folder.ts';
import { startService } from '../client/support/service.ts';
import { decode, levelDb, type Sound } from '../support/audio.ts';
import { MEDIA_FFMPEG } from '../support/ffmpeg.ts';
import { tone } from '../support/media.ts';
import { opusPacket } from '../support/packets.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { dominantFrequency, spectrumOf } from '../support/spectrum.ts';
import { DISCORD, whyMissing } from './packages.ts';
import { assertQuoted, blocksOf, ROOT, shellOf } from './support/guide.ts';
import { startTracks } from './support/tracks.ts';

const GUIDE = 'docs/guides/discord.md';
const FILES = ['player.ts', 'bot.ts'];
const PACKET_MS = 20;
const PER_SECOND = 1_000 / PACKET_MS;
/** What the player sends where it has no audio. */
const SILENCE = Buffer.from([0xf8, 0xff, 0xfe]);
/** Packets of one measurement of a tone. */
const WINDOW = 25;
/** 400 Hz for a second, then 500 Hz, and so on. */
const STAIRS = { lavfi: "aevalsrc='0.2*sin(2*PI*(400+100*floor(t))*t)':s=48000:d=30" };

/** Each with its value, and the packets after which the next one comes; a second when none. */
const COMMANDS = [
  ['play', 'STAIRS', 130],
  ['play', 'CORRUPT', 5],
  ['play', 'LAST', 5],
  ['speed', 2, 200],
  // The bot has no such command: the test kills the service here.
  ['kill', '', 150],
  ['pause', '', 0],
  ['skip', '', 100],
] as const;

const run = promisify(execFile);

type Sent = {
  readonly marks: readonly { readonly name: string; readonly ms: number; readonly packet: number }[];
  readonly packets: readonly { readonly ms: number; readonly data: Buffer }[];
};

describe(GUIDE, { skip: whyMissing(DISCORD) }, () => {
  let folder: string;
  let sent: Sent;
  let sound: Sound;
  let printed: string;

  before(async () => {
    folder = DISCORD.folder() ?? assert.fail('node test/examples/provide.ts');
    await installClient(folder);
    for (const file of FILES) cpSync(join(ROOT, 'examples/discord', file), join(folder, 'examples/discord', file));
    const standIn = 'test/examples/discord/stand-in.ts';
    cpSync(join(ROOT, standIn), join(folder, 'examples/discord/stand-in.ts'));
    using scratch = scratchFolder();
    [sent, printed] = await runBot(folder, scratch.file('packets.json'));
    sound = await decode(inOgg(sent.packets.map(({ data }) => data)));
  });

  const isSilence = ({ data }: { readonly data: Buffer }): boolean => data.equals(SILENCE);
  /** How many packets had been sent when a command came. */
  const at = (command: string): number =>
    sent.marks.find(({ name }) => name === command)?.packet ?? assert.fail(command);
  const heard = (packet: number, count = WINDOW): Sound => {
    const samples = (sound.rate * PACKET_MS * sound.channels) / 1_000;
    return { ...sound, samples: sound.samples.slice(packet * samples, (packet + count) * samples) };
  };
  const toneAt = (packet: number): number => dominantFrequency(spectrumOf(heard(packet)));
  const stepsIn = (start: number, count: number): number => {
    const tones = new Set<number>();
    for (let packet = start; packet <= start + count - WINDOW; packet += 3) tones.add(Math.round(toneAt(packet) / 100));
    return tones.size;
  };
  const assertNear = (actual: number, expected: number, tolerance: number): void =>
    assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, not ${expected} ± ${tolerance}`);

  it('sends the Opus packets of the service, 20 ms each, one every 20 ms', () => {
    const music = sent.packets.filter((packet) => !isSilence(packet));
    assert.deepEqual(new Set(music.map(({ data }) => opusPacket(data).ms)), new Set([PACKET_MS]));
    const playing = sent.packets.slice(0, at('speed'));
    const seconds = ((playing.at(-1)?.ms ?? 0) - (playing[0]?.ms ?? 0)) / 1_000;
    assertNear(seconds, (playing.length - 1) / PER_SECOND, 0.2);
  });

  it('plays the track at its level and pitch, without a gap', () => {
    const start = sent.packets.findIndex((packet) => !isSilence(packet));
    assertNear(toneAt(start + 5), 400, 3);
    assertNear(levelDb(heard(start + 5, 40)), -20, 0.7);
    assert.deepEqual(sent.packets.slice(start, at('kill')).filter(isSilence), []);
  });

  it('doubles the speed and keeps the pitch', () => {
    assertNear(stepsIn(at('speed') - 100, 100), 2.5, 0.5);
    assertNear(stepsIn(at('kill') - 100, 100), 4.5, 0.5);
    const late = toneAt(at('kill') - WINDOW);
    assertNear(late, Math.round(late / 100) * 100, 3);
  });

  it('goes on when the service is killed', (t) => {
    const after = sent.packets.slice(at('kill'), at('pause'));
    const missed = after.filter(isSilence).length;
    t.diagnostic(`packets missed: ${missed}`);
    assert.ok(missed < PER_SECOND, `${missed} packets missed`);
    assert.ok(toneAt(at('pause') - WINDOW) > toneAt(at('kill') - WINDOW));
  });

  it('sends nothing during a pause', () => {
    assert.ok(at('skip') - at('pause') <= 6);
  });

  it('skips to the next track that can be played', () => {
    assertNear(toneAt(sent.packets.length - WINDOW - 5), 330, 3);
    assert.match(printed, /skipped: .*corrupt\.mp3 UNSUPPORTED_FORMAT/);
    assert.equal(printed.match(/reply Done\./g)?.length, COMMANDS.length);
  });

  it('has programs that the compiler accepts', async () => {
    const project = join(folder, 'examples/discord');
    const options = { strict: true, noEmit: true, target: 'es2024', module: 'nodenext', skipLibCheck: true };
    const paths = { typeRoots: [join(ROOT, 'node_modules/@types')], types: ['node'] };
    const compilerOptions = { ...options, ...paths, allowImportingTsExtensions: true, erasableSyntaxOnly: true };
    const files = [...FILES, 'stand-in.ts'];
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const { stdout } = await run(tsc, ['-p', project]).catch((error: { stdout: string }) => error);
    assert.equal(stdout, '');
  });

  it('is quoted in its guide as it is', () => {
    for (const block of blocksOf(GUIDE).filter(({ kind }) => kind === 'ts')) assertQuoted(block);
  });
});

/** The guide's second block of commands. */
async function installClient(folder: string): Promise<void> {
  const [, commands = assert.fail()] = shellOf(GUIDE);
  using scratch = scratchFolder();
  await makePackageFolder(scratch.file('package'));
  await run(
    'bash',
    ['-euo', 'pipefail', '-c', commands.replace('npm pack\n', `npm pack ${scratch.file('package')}\n`)],
    {
      cwd: folder,
      env: { ...process.env, npm_config_offline: 'true', npm_config_audit: 'false' },
    },
  );
}

/** The guide's third block of commands, with a service that is killed when the commands tell. */
async function runBot(folder: string, output: string): Promise<[sent: Sent, printed: string]> {
  const [, , start = assert.fail()] = shellOf(GUIDE);
  await using tracks = await startTracks({ stairs: STAIRS, last: tone(330, 20) });
  await using service = await startService({ SOURCE_ALLOWED_NETWORKS: tracks.network });
  const commands = JSON.stringify(COMMANDS).replace(/STAIRS|CORRUPT|LAST/g, (name) => {
    return `${tracks.origin}/${name.toLowerCase()}.mp3`;
  });
  const bot = spawn('bash', ['-euo', 'pipefail', '-c', start], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 90_000,
    env: {
      ...process.env,
      COMMANDS: commands,
      HEARD: output,
      FFN_URL: service.url,
      SOURCE_ALLOWED_NETWORKS: '127.0.0.0/8',
      DISCORD_TOKEN: 'none',
      NODE_OPTIONS: `--import ${pathToFileURL(join(folder, 'examples/discord/stand-in.ts'))}`,
      PATH: [dirname(process.execPath), dirname(MEDIA_FFMPEG), process.env['PATH']].join(delimiter),
    },
  });
  let printed = '';
  for (const stream of [bot.stdout, bot.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (text.includes('command kill')) void service.kill();
    });
  }
  const [code] = await once(bot, 'close');
  assert.equal(code, 0, printed);
  const { marks, packets } = JSON.parse(readFileSync(output, 'utf8'));
  return [
    { marks, packets: packets.map(({ ms, data }: never) => ({ ms, data: Buffer.from(data, 'base64') })) },
    printed,
  ];
}

/** An Ogg/Opus file of packets of 20 ms (RFC 7845). */
function inOgg(packets: readonly Buffer[]): Buffer {
  const head = Buffer.from('OpusHead\x01\x02\0\0\x80\xbb\0\0\0\0\0', 'latin1');
  const tags = Buffer.from('OpusTags\0\0\0\0\0\0\0\0', 'latin1');
  const page = (sequence: number, granule: number, packet: Buffer): Buffer => {
    const flags = sequence === 0 ? FIRST_PAGE : 0;
    return writeOggPage({ flags, granule: BigInt(granule), serial: 1, sequence, packets: [packet] });
  };
  return Buffer.concat([
    page(0, 0, head),
    page(1, 0, tags),
    ...packets.map((packet, index) => page(index + 2, (index + 1) * 960, packet)),
  ]);
}
