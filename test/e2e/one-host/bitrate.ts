import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { type Fields, transcode } from '../../support/client.ts';
import { serve } from '../../support/http-source.ts';
import { MUSIC_FILE } from '../../support/media.ts';
import { opusBitrate, parseAdts, parseOggOpus } from '../../support/packets.ts';
import { host, sourceOf } from './service.ts';

export function bitrate(): void {
  const SHARE = 0.15;
  const SECONDS = 15;
  let music: string;

  before(async () => {
    music = sourceOf(serve(await readFile(MUSIC_FILE)));
  });

  /** The payload bitrate of music, bits per second. */
  const BITRATES: Readonly<Record<string, (body: Buffer) => number>> = {
    opus: (body) => opusBitrate(parseOggOpus(body)),
    aac: (body) => parseAdts(body).bitrate,
  };

  async function assertBitrate(fields: Fields & { output_format: string }, asked: number, log: (line: string) => void) {
    const answer = await transcode(host, { source_url: music, duration: SECONDS, ...fields });
    assert.ok(answer.status === 200 && answer.complete);
    const found = BITRATES[fields.output_format]?.(answer.body) ?? 0;
    const deviation = found / (asked * 1_000) - 1;
    const line = `asked ${asked}k, found ${(found / 1_000).toFixed(1)}k (${(deviation * 100).toFixed(1)} %)`;
    log(line);
    assert.ok(Math.abs(deviation) <= SHARE, line);
  }

  describe(`The payload bitrate of ${SECONDS} s of music is within 15 % of`, { concurrency: 2 }, () => {
    const presets: readonly [string, string, number][] = [
      ['opus', 'lowlatency', 96],
      ['opus', 'standard', 96],
      ['opus', 'high', 128],
      ['aac', 'standard', 128],
      ['aac', 'high', 192],
    ];
    for (const [output_format, quality_preset, kilobits] of presets) {
      it(`the ${quality_preset} preset's ${kilobits}k for ${output_format}`, (t) =>
        assertBitrate({ output_format, quality_preset }, kilobits, (line) => t.diagnostic(line)));
    }

    const bitrates: readonly [string, readonly number[]][] = [
      ['opus', [24, 64, 192]],
      ['aac', [64, 320]],
    ];
    for (const [output_format, kilobits] of bitrates) {
      for (const asked of kilobits) {
        it(`the requested ${asked}k for ${output_format}`, (t) =>
          assertBitrate({ output_format, bitrate: `${asked}k` }, asked, (line) => t.diagnostic(line)));
      }
    }
  });
}
