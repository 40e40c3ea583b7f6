import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createAdtsJoiner } from '../../../client/units/adts-joiner.ts';
import type { Joiner } from '../../../client/units/joiner.ts';
import { createOggOpusJoiner } from '../../../client/units/ogg-opus-joiner.ts';
import { readWholePage } from '../../../client/units/ogg-page.ts';
import { createPcmJoiner } from '../../../client/units/pcm-joiner.ts';
import { MEDIA_FFMPEG } from '../../support/ffmpeg.ts';

const SECONDS = 2;

function encode(...args: readonly string[]): Buffer {
  const tone = ['-f', 'lavfi', '-i', `sine=f=700:r=48000:d=${SECONDS}`, '-ac', '2'];
  return execFileSync(MEDIA_FFMPEG, ['-v', 'error', ...tone, '-fflags', '+bitexact', ...args, 'pipe:1'], {
    maxBuffer: 1 << 24,
  });
}

const OPUS = encode('-c:a', 'libopus', '-page_duration', '20000', '-f', 'ogg', '-serial_offset', '1');
const AAC = encode('-c:a', 'aac', '-f', 'adts');
const PCM = encode('-c:a', 'pcm_s16le', '-f', 's16le');

type Case = { readonly name: string; readonly whole: Buffer; readonly units: number; readonly create: () => Joiner };
const CASES: readonly Case[] = [
  { name: 'PCM', whole: PCM, units: SECONDS * 48_000, create: () => createPcmJoiner(2) },
  { name: 'AAC', whole: AAC, units: Math.ceil((SECONDS * 48_000) / 1_024) + 1, create: createAdtsJoiner },
  { name: 'Opus', whole: OPUS, units: (SECONDS * 1_000) / 20 + 1, create: () => createOggOpusJoiner(20, 1) },
];

/** Formats whose units have headers. */
const FRAMED = CASES.filter(({ name }) => !name.endsWith('PCM'));

/** Cuts the bytes at these positions, as a network would. */
function inPieces(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % bytes.length).toSorted((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((to, index) => bytes.subarray(cuts[index], to));
}

describe('Joiners', () => {
  for (const { name, whole, units, create } of CASES) {
    it(`pass ${name} of one encoder unchanged, in any pieces`, () => {
      fc.assert(
        fc.property(fc.array(fc.nat(whole.length - 1), { maxLength: 20 }), (places) => {
          const joiner = create();
          joiner.begin({ atUnit: 0, drop: 0 });
          const given = Buffer.concat([...inPieces(whole, places).map((piece) => joiner.push(piece)), joiner.end()]);
          assert.ok(given.equals(whole));
          assert.equal(joiner.given(), units);
        }),
        { numRuns: 50 },
      );
    });

    it(`continue after a cut, wherever ${name} was cut and wherever the next encoder started`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: whole.length - 1 }), fc.nat(12), (breakAt, lead) => {
          const joiner = create();
          joiner.begin({ atUnit: 0, drop: 0 });
          const first = joiner.push(whole.subarray(0, breakAt));
          const drop = Math.min(lead, joiner.given());
          const atUnit = joiner.given() - drop;
          joiner.begin({ atUnit, drop });
          const rest = joiner.push(from({ name, whole }, atUnit));
          const given = Buffer.concat([first, rest, joiner.end()]);
          assert.ok(given.equals(whole), `broke at ${breakAt}, went on ${drop} earlier`);
        }),
        { numRuns: 50 },
      );
    });
  }

  it('reject another format at its first byte', () => {
    for (const { name, create } of FRAMED) {
      const joiner = create();
      joiner.begin({ atUnit: 0, drop: 0 });
      assert.throws(() => joiner.push(Buffer.from('<')), /the stream is not/, name);
    }
  });

  it('reject another format', () => {
    const html = Buffer.from('<!doctype html><title>Welcome to the captive portal of this fine hotel</title>');
    for (const { name, create } of FRAMED) {
      const joiner = create();
      joiner.begin({ atUnit: 0, drop: 0 });
      assert.throws(() => joiner.push(html), /the stream is not/, name);
    }
    const joiner = createOggOpusJoiner(20, 1);
    joiner.begin({ atUnit: 0, drop: 0 });
    const vorbis = encode('-c:a', 'flac', '-f', 'ogg');
    assert.throws(() => joiner.push(vorbis), /the stream is not Opus/);
  });

  it('close an Ogg stream whose last page never arrived', () => {
    const joiner = createOggOpusJoiner(20, 1);
    joiner.begin({ atUnit: 0, drop: 0 });
    joiner.push(OPUS.subarray(0, OPUS.length - 10));
    assert.equal(joiner.isComplete(), false);
    const last = readWholePage(joiner.end(), 0);
    assert.deepEqual([last?.flags, last?.packets.length, last?.granule], [4, 0, -1n]);
    assert.equal(joiner.isComplete(), true);
  });

  it('never go back in time when the Opus of another encoder ends earlier', () => {
    const pages = pagesOf(OPUS);
    for (const [missing, more] of [
      [0, 0],
      [1, 0],
      [3, 0],
      [3, 1],
    ] as const) {
      const joiner = createOggOpusJoiner(20, 1);
      joiner.begin({ atUnit: 0, drop: 0 });
      const first = joiner.push(Buffer.concat(pages.slice(0, pages.length - missing)).subarray(0, -1));
      const drop = 12;
      const atUnit = joiner.given() - drop;
      joiner.begin({ atUnit, drop });
      // It has hardly more packets than are dropped, and its padding is longer than the last packet.
      const later = pagesOf(from({ name: 'Opus', whole: OPUS }, atUnit)).slice(0, 2 + drop + more);
      const end = later.at(-1) ?? assert.fail('no page');
      end[5] = 4;
      end.writeBigUInt64LE(end.readBigUInt64LE(6) - 1_000n, 6);
      const joined = pagesOf(Buffer.concat([first, joiner.push(Buffer.concat(later)), joiner.end()])).map(
        (page) => readWholePage(page, 0) ?? assert.fail('an incomplete page'),
      );
      assert.ok(joiner.isComplete());
      assert.deepEqual(
        joined.map(({ flags }) => flags & 4).filter((flag) => flag !== 0),
        [4],
      );
      assert.equal(joined.at(-1)?.flags, 4);
      const times = joined.filter(({ packets }) => packets.length > 0).map(({ granule }) => granule);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => Number(a - b)),
      );
      for (const { packets, granule } of joined) assert.equal(granule === -1n, packets.length === 0);
    }
  });

  it('report whether the input ends with a whole unit', () => {
    for (const { name, whole, create } of CASES) {
      const joiner = create();
      joiner.begin({ atUnit: 0, drop: 0 });
      joiner.push(whole.subarray(0, -1));
      assert.equal(joiner.isWhole(), false, name);
      joiner.push(whole.subarray(-1));
      assert.equal(joiner.isWhole(), true, name);
    }
  });
});

/** Returns the output of an encoder that starts `unit` units later, with its own headers, numbers and times. */
function from({ name, whole }: Pick<Case, 'name' | 'whole'>, unit: number): Buffer {
  if (name === 'PCM') return whole.subarray(unit * 4);
  if (name === 'AAC') {
    let at = 0;
    for (let index = 0; index < unit; index += 1) at += (whole.readUIntBE(at + 3, 3) >> 5) & 0x1fff;
    return whole.subarray(at);
  }
  const pages = pagesOf(whole);
  const later = pages.slice(2 + unit);
  for (const page of later) page.writeBigUInt64LE(page.readBigUInt64LE(6) - BigInt(unit * 960), 6);
  return Buffer.concat([...pages.slice(0, 2), ...later]);
}

function pagesOf(stream: Buffer): Buffer[] {
  const pages: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const { end } = readWholePage(stream, at) ?? assert.fail('an incomplete page');
    pages.push(Buffer.from(stream.subarray(at, end)));
    at = end;
  }
  return pages;
}
