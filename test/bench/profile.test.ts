import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { MEDIA_FFMPEG } from '../support/ffmpeg.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { assertWellFormed } from './support/well-formed.ts';

describe('npm run profile', () => {
  const skip = findOnPath('ffmpeg', '/usr/bin:/bin:/usr/local/bin') === undefined && 'the distribution has no ffmpeg';

  it('draws the host at full speed and live, and prints the most expensive functions', { skip }, () => {
    using folder = scratchFolder();
    const output = folder.file('host.svg');
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [fileURLToPath(new URL('../../bench/profile.ts', import.meta.url)), '--seconds', '1', '--output', output],
      { encoding: 'utf8', timeout: 120_000, env: { ...process.env, FFMPEG_PATH: MEDIA_FFMPEG } },
    );
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^at full speed +[\d.]+ ms: this repository [\d.]+ %/m);
    assert.match(stdout, /^live +[\d.]+ ms: this repository [\d.]+ %/m);
    assert.equal(stdout.match(/^ +[\d.]+ ms +[\d.]+ % {2}\S/gm)?.length, 10);
    const svg = readFileSync(output, 'utf8');
    assertWellFormed(svg);
    assert.ok(svg.length < 150_000, `${svg.length} bytes`);
    for (const name of ['at full speed', 'live']) assert.match(svg, new RegExp(`<title>${name}: `));
    assert.match(svg, /<title>spawnConfined {2}lib\/ffmpeg\//);
  });
});
