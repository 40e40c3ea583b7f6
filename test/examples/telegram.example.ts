import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { startService } from '../client/support/service.ts';
import { levelDb, type Sound } from '../support/audio.ts';
import { MEDIA_FFMPEG } from '../support/ffmpeg.ts';
import { tone } from '../support/media.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { dominantFrequency, spectrumOf } from '../support/spectrum.ts';
import { TELEGRAM, whyMissing } from './packages.ts';
import { ROOT, shellOf } from './support/guide.ts';
import { startTracks } from './support/tracks.ts';

const run = promisify(execFile);

/** 10 ms of 48 kHz stereo, 16 bits. */
const FRAME_BYTES = 1_920;
const PER_SECOND = 100;
/** Frames of one measurement of a tone. */
const WINDOW = 40;
/** 400 Hz for a second, then 500 Hz, and so on: the tone shows how far the source has been played. */
const STAIRS = { lavfi: "aevalsrc='0.2*sin(2*PI*(400+100*floor(t))*t)':s=48000:d=20" };

const COMMANDS = [
  ['/play STAIRS', 2.5],
  ['/play CORRUPT', 0.1],
  ['/play LAST', 0.1],
  ['/volume 0.5', 2.5],
  ['/speed 2', 3.5],
  ['/pause', 1.2],
  ['/resume', 0.6],
  ['/skip', 1.5],
] as const;

type Heard = {
  readonly marks: readonly { readonly text: string; readonly frame: number }[];
  readonly frames: number;
  readonly sizes: readonly number[];
};

describe('docs/guides/telegram.md', { skip: whyMissing(TELEGRAM) }, () => {
  let heard: Heard;
  let pcm: Buffer;
  let printed: string;

  before(async () => {
    await using tracks = await startTracks({ stairs: STAIRS, last: tone(330, 8) });
    await using service = await startService({ SOURCE_ALLOWED_NETWORKS: tracks.network });
    using folder = scratchFolder();
    const output = folder.file('heard.pcm');
    printed = await runBot(service.url, {
      HEARD: output,
      COMMANDS: JSON.stringify(COMMANDS).replace(/STAIRS|CORRUPT|LAST/g, (name) => {
        return `${tracks.origin}/${name.toLowerCase()}.mp3`;
      }),
    });
    heard = JSON.parse(printed.trim().split('\n').at(-1) ?? '');
    pcm = readFileSync(output);
  });

  const sound = (frame: number, count = WINDOW): Sound => {
    const bytes = pcm.subarray(frame * FRAME_BYTES, (frame + count) * FRAME_BYTES);
    return { rate: 48_000, channels: 2, samples: new Int16Array(new Uint8Array(bytes).buffer) };
  };
  const toneAt = (frame: number): number => dominantFrequency(spectrumOf(sound(frame)));
  /** The number of steps of the stairs that are heard in `count` frames. */
  const stepsIn = (start: number, count: number): number => {
    const tones = new Set<number>();
    for (let frame = start; frame <= start + count - WINDOW; frame += 5) tones.add(Math.round(toneAt(frame) / 100));
    return tones.size;
  };
  /** The frame that was heard when a command was typed. */
  const at = (command: string): number =>
    heard.marks.find(({ text }) => text.startsWith(command))?.frame ?? assert.fail(command);
  const assertNear = (actual: number, expected: number, tolerance: number): void =>
    assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, not ${expected} ± ${tolerance}`);

  it('reaches the listener as frames of 1,920 bytes, in real time', () => {
    assert.deepEqual(heard.sizes, [FRAME_BYTES]);
    const seconds = COMMANDS.slice(3, -1).reduce((sum, [, pause]) => sum + pause, 0);
    assertNear((at('/skip') - at('/volume')) / PER_SECOND, seconds, 0.5);
  });

  it('plays the track at its level, without a gap', () => {
    let start = 0;
    while (levelDb(sound(start, 10)) < -25) start += 10;
    assertNear(levelDb(sound(start + 10, 80)), -20, 0.7);
    assertNear(toneAt(start + 20), 400, 2);
    for (let frame = start; frame < at('/pause') - 10; frame += 10)
      assert.ok(levelDb(sound(frame, 10)) > -30, `${frame}`);
  });

  it('changes the volume within two seconds', () => {
    assertNear(levelDb(sound(at('/speed') - WINDOW)), -26, 0.7);
  });

  it('doubles the speed and keeps the pitch', () => {
    assertNear(stepsIn(at('/speed') - 200, 200), 2.5, 0.5);
    assertNear(stepsIn(at('/pause') - 200, 200), 4.5, 0.5);
    assertNear(levelDb(sound(at('/pause') - WINDOW)), -26, 0.7);
  });

  it('is silent during a pause, and goes on where it stopped', () => {
    assert.ok(levelDb(sound(at('/pause') + 60, 50)) < -60);
    const further = toneAt(at('/resume') + 10) - toneAt(at('/pause') - WINDOW);
    assert.ok(further < 250, `the tone is ${further} Hz further after a pause of 1.2 s`);
  });

  it('skips to the next track that can be played', () => {
    const end = heard.frames - WINDOW;
    assertNear(toneAt(end), 330, 2);
    assertNear(levelDb(sound(end)), -23, 0.7);
    assert.match(printed, /skipped: .*corrupt\.mp3 UNSUPPORTED_FORMAT/);
  });
});

/** Runs the guide's second block of commands, with Telegram's servers replaced; returns what it prints. */
async function runBot(serviceUrl: string, commands: Readonly<Record<string, string>>): Promise<string> {
  const [, start = assert.fail('the guide does not start the bot')] = shellOf('docs/guides/telegram.md');
  const folder = TELEGRAM.folder() ?? assert.fail('node test/examples/provide.ts');
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', start.replaceAll('venv/', `${folder}/venv/`)], {
    cwd: ROOT,
    timeout: 90_000,
    env: {
      ...process.env,
      ...commands,
      TELEGRAM_API_ID: '1',
      TELEGRAM_API_HASH: 'none',
      TELEGRAM_CHAT: '222',
      FFN_URL: serviceUrl,
      SOURCE_ALLOWED_NETWORKS: '127.0.0.0/8',
      PATH: [dirname(MEDIA_FFMPEG), process.env['PATH']].join(delimiter),
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONPATH: ['client/python', 'test/examples/telegram'].map((name) => join(ROOT, name)).join(delimiter),
    },
  });
  return stdout;
}
