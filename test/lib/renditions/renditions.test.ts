import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { AppError } from '#lib/errors.ts';
import type { Reading } from '#lib/renditions/reading.ts';
import type { Production } from '#lib/renditions/rendition.ts';
import { createRenditions, type Renditions } from '#lib/renditions/renditions.ts';
import { eventually } from '../../support/eventually.ts';
import { descriptorsOf } from '../../support/leaks.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import { collect } from '../../support/supervised-ffmpeg.ts';

const WHOLE = Buffer.from(Array.from({ length: 1_500_000 }, (_, index) => (index * 31 + (index >> 8)) % 253));

let folder: ScratchFolder;
let renditions: Renditions<string>;
let readings: Reading<string>[];

beforeEach(() => {
  readings = [];
  folder = scratchFolder();
  renditions = createRenditions({ directory: folder.path, maxBytes: 10_000_000, reserveBytes: 0 });
});
afterEach(async () => {
  await Promise.all(readings.map((reading) => reading.close()));
  renditions.close();
  await eventually(() => assert.deepEqual(openFiles(), []));
  folder[Symbol.dispose]();
});

const openFiles = (): string[] => descriptorsOf(process.pid).filter((target) => target.startsWith(folder.path));

/** A production whose output the test writes, or that produces everything at once. */
function production({
  content = WHOLE,
  failure,
  by = 10_000,
}: {
  content?: Buffer;
  failure?: Error;
  by?: number;
} = {}) {
  const output = new PassThrough();
  output.setMaxListeners(0);
  let written = 0;
  let closed = false;
  const state = {
    output,
    written: () => written,
    isClosed: () => closed,
    until: undefined as AbortSignal | undefined,
    async write(bytes: number): Promise<void> {
      for (const end = Math.min(content.length, written + bytes); written < end; ) {
        const chunk = content.subarray(written, Math.min(end, written + by));
        written += chunk.length;
        if (!output.write(chunk)) await Promise.race([once(output, 'drain'), once(output, 'close')]);
        if (output.destroyed) return;
      }
      if (written === content.length) output.end();
    },
    produce: async (until: AbortSignal): Promise<Production<string>> => {
      state.until = until;
      until.addEventListener('abort', () => output.destroy(), { once: true });
      return {
        output,
        about: () => `${written} bytes`,
        outcome: async () => failure,
        close: async () => {
          closed = true;
        },
      };
    },
  };
  return state;
}

const neverAsked = (): never => assert.fail('it is produced twice');

function read(key: string, produce: (until: AbortSignal) => Promise<Production<string>> = neverAsked, subject = 'ann') {
  const reading = renditions.read(key, { subject, produce });
  assert.ok(reading !== undefined);
  readings.push(reading);
  return reading;
}

/** Makes a whole rendition. */
async function fill(key: string, account = 'ann'): Promise<void> {
  const made = production({ by: 100_000 });
  const { output, close } = read(key, made.produce, account);
  void made.write(Number.POSITIVE_INFINITY);
  await collect(output);
  await close();
  await eventually(() => assert.equal(read(key).origin, 'kept'));
}

/** Reads exactly `bytes` bytes. */
async function take(output: Readable, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let left = bytes; left > 0; ) {
    const chunk: Buffer | null = output.read(Math.min(left, Math.max(1, output.readableLength)));
    if (chunk === null) await once(output, 'readable');
    else {
      chunks.push(chunk);
      left -= chunk.length;
    }
  }
  return Buffer.concat(chunks);
}

/** Two readers read the whole rendition at different paces. Afterwards it is not available any more. */
async function assertGivenButNotKept(): Promise<void> {
  const made = production();
  const [slow, fast] = [read('a', made.produce), read('a')];
  void made.write(Number.POSITIVE_INFINITY);
  const outputs = await Promise.all([
    collect(fast.output),
    take(slow.output, WHOLE.length / 2).then(async (half) => Buffer.concat([half, await collect(slow.output)])),
  ]);
  for (const output of outputs) assert.ok(output.equals(WHOLE));
  assert.equal(read('a', production().produce).origin, 'made');
}

describe('renditions', () => {
  it('are produced once for all concurrent readers, and kept for later ones', async () => {
    const made = production();
    const first = read('a', made.produce);
    const others = Array.from({ length: 9 }, () => read('a'));
    void made.write(Number.POSITIVE_INFINITY);
    const outputs = await Promise.all([first, ...others].map(({ output }) => collect(output)));
    for (const output of outputs) assert.ok(output.equals(WHOLE));
    assert.deepEqual([first.origin, ...others.map(({ origin }) => origin)], ['made', ...Array(9).fill('joined')]);
    await eventually(() => assert.equal(read('a').origin, 'kept'));
    const later = read('a');
    assert.ok((await collect(later.output)).equals(WHOLE));
    assert.equal(later.share(), 1);
    assert.equal(later.about(), `${WHOLE.length} bytes`);
    assert.equal(await later.outcome(), undefined);
    assert.equal(made.isClosed(), true);
  });

  it('can be joined during production, and are then read from the first byte', async () => {
    const made = production();
    const first = read('a', made.produce);
    const firstWhole = collect(first.output);
    await made.write(900_000);
    await eventually(() => assert.ok(openFiles().length === 1));
    const second = read('a');
    assert.equal(second.origin, 'joined');
    const secondWhole = collect(second.output);
    await made.write(Number.POSITIVE_INFINITY);
    assert.ok((await firstWhole).equals(WHOLE));
    assert.ok((await secondWhole).equals(WHOLE));
  });

  it('do not wait for an idle reader, and are not produced far ahead of all readers', async () => {
    const made = production();
    const slow = read('a', made.produce);
    const writing = made.write(Number.POSITIVE_INFINITY);
    await take(slow.output, 1_000);
    for (let turns = 0; turns < 100; turns += 1) await turn();
    assert.ok(made.written() < 400_000, `${made.written()} bytes are produced for a reader that read 1 000`);
    const fast = read('a');
    assert.ok((await collect(fast.output)).equals(WHOLE));
    await writing;
    const rest = await collect(slow.output);
    assert.ok(rest.equals(WHOLE.subarray(1_000)));
  });

  it('are abandoned with the last reader, and produced again for the next', async () => {
    const made = production();
    const [first, second] = [read('a', made.produce), read('a')];
    void made.write(500_000);
    await take(first.output, 10_000);
    await first.close();
    assert.equal(made.until?.aborted, false);
    await take(second.output, 300_000);
    await second.close();
    assert.equal(made.until?.aborted, true);
    assert.equal(made.isClosed(), true);
    const again = production();
    const third = read('a', again.produce);
    assert.equal(third.origin, 'made');
    void again.write(Number.POSITIVE_INFINITY);
    assert.ok((await collect(third.output)).equals(WHOLE));
  });

  it('that fail deliver all available bytes to all readers, report why, and are not kept', async () => {
    const failure = new AppError('DOWNLOAD_FAILED');
    const made = production({ failure });
    read('a', made.produce);
    read('a');
    void made.write(Number.POSITIVE_INFINITY);
    for (const { output, outcome } of readings.slice()) {
      assert.ok((await collect(output)).equals(WHOLE));
      assert.equal(await outcome(), failure);
    }
    assert.equal(read('a', production().produce).origin, 'made');
  });

  it('that cannot be started reject all waiting readers, and are not kept', async () => {
    const failure = new AppError('UNSUPPORTED_FORMAT');
    const produce = (): Promise<never> => Promise.reject(failure);
    for (const { started } of [read('a', produce), read('a')]) await assert.rejects(started, failure);
    assert.equal(read('a', production().produce).origin, 'made');
  });

  it('are dropped when space runs out, the least recently used first', async () => {
    // Ten million bytes are enough for six of them.
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) await fill(key);
    const stays = read('a');
    await fill('g');
    assert.equal(read('b', production().produce).origin, 'made');
    assert.equal(read('c').origin, 'kept');
    assert.ok((await collect(stays.output)).equals(WHOLE));
  });

  it('of a caller that makes few stay, however many another one makes', async () => {
    await fill('own', 'bob');
    for (let made = 0; made < 12; made += 1) await fill(`greedy ${made}`, 'ann');
    assert.equal(read('own').origin, 'kept');
    assert.equal(renditions.bytesOf('bob'), WHOLE.length);
    assert.ok(renditions.bytes() <= 10_000_000);
  });

  it('that are too long to be kept are still delivered to their readers', async () => {
    renditions.close();
    renditions = createRenditions({ directory: folder.path, maxBytes: 1_000_000, reserveBytes: 0 });
    await assertGivenButNotKept();
  });

  it('are not shared when nothing can be kept', () => {
    renditions.close();
    renditions = createRenditions({ directory: folder.path, maxBytes: 0, reserveBytes: 0 });
    assert.equal(renditions.read('a', { subject: 'ann', produce: neverAsked }), undefined);
    renditions = createRenditions({ directory: folder.file('nowhere'), maxBytes: 1, reserveBytes: 0 });
    assert.equal(renditions.read('a', { subject: 'ann', produce: neverAsked }), undefined);
  });

  it('lose nothing when the disk is full', { skip: mayMount() ? false : 'may not mount' }, async () => {
    const disk = folder.file('disk');
    execFileSync('mkdir', [disk]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', disk]);
    try {
      renditions.close();
      renditions = createRenditions({ directory: disk, maxBytes: 100_000_000, reserveBytes: 0 });
      await assertGivenButNotKept();
    } finally {
      await Promise.all(readings.map((reading) => reading.close()));
      renditions.close();
      execFileSync('umount', ['-l', disk]);
    }
  });
});

function mayMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}
