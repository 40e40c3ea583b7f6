import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { findFfmpeg } from '#lib/ffmpeg/binary.ts';
import { BUILDS, createBuilds, type Uses } from '#lib/ffmpeg/builds.ts';
import { type FakeCapabilities, writeFakeFfmpeg } from '../../support/fake-ffmpeg.ts';
import { FFMPEG } from '../../support/ffmpeg.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const USES: Uses = {
  encoders: { video: ['libx264'], audio: ['libopus', 'no_such_encoder'] },
  filters: ['atempo', 'zscale'],
  decoders: ['libvpx-vp9'],
};
const NONE: Uses = { encoders: { video: [], audio: [] }, filters: [], decoders: [] };

function find(ffmpegPath: string) {
  return findFfmpeg({ purpose: 'audio', ffmpegPath, path: '', confinement: 'auto', required: [] });
}

async function none(): Promise<never> {
  throw new AppError('UNAVAILABLE', { part: 'ffmpeg' }, { message: 'no usable ffmpeg (none found)' });
}

/** An ffmpeg whose trials write a line each, and succeed or fail. */
function fake(folder: { file(name: string): string }, exit: number, capabilities: FakeCapabilities = {}): string {
  return writeFakeFfmpeg(folder.file('ffmpeg'), {
    encoders: ['libx264', 'libopus'],
    filters: ['atempo'],
    muxers: ['ogg'],
    // Only trials write to the null muxer. An ffmpeg runs as another user.
    play: `head -c 1000 /dev/zero; case "$*" in *null*) exit ${exit};; esac`,
    ...capabilities,
  });
}

describe('the builds of a machine', () => {
  it('are reported with encoders that have encoded a sample', async () => {
    const report = await createBuilds({
      audio: { find: () => find(FFMPEG), uses: { ...USES, encoders: { video: [], audio: ['libopus', 'aac'] } } },
      full: { find: none, uses: USES },
    })();
    assert.deepEqual(BUILDS.parse(report), report);
    for (const name of ['libopus', 'aac']) {
      const {
        usable,
        reason,
        probe_ms: ms,
      } = report.encoders.find((each) => each.name === name) ?? assert.fail(`no ${name}`);
      assert.deepEqual([usable, reason], [true, null], name);
      assert.ok(ms !== null && ms < 8_000);
    }
    const audio = report.builds[0] ?? assert.fail('no build');
    assert.ok(audio.audio_encoders.includes('libopus') && audio.muxers.includes('ogg'));
    assert.ok(!audio.video_encoders.includes('libopus'));
  });

  it('are reported as unusable, with the reason, where there is none', async () => {
    const { builds, encoders } = await createBuilds({
      audio: { find: none, uses: NONE },
      full: { find: none, uses: USES },
    })();
    assert.deepEqual(
      builds.map(({ purpose, usable, reason, version }) => [purpose, usable, reason, version]),
      [
        ['audio', false, 'no usable ffmpeg (none found)', null],
        ['full', false, 'no usable ffmpeg (none found)', null],
      ],
    );
    assert.deepEqual(
      encoders.map(({ name, compiled, usable, reason }) => [name, compiled, usable, reason]),
      ['libx264', 'libopus', 'no_such_encoder'].map((name) => [name, false, false, 'no usable ffmpeg (none found)']),
    );
  });

  it('name what they lack', async () => {
    using folder = scratchFolder();
    const path = fake(folder, 0);
    const { builds, encoders } = await createBuilds({
      audio: { find: () => find(path), uses: USES },
      full: { find: none, uses: NONE },
    })();
    assert.deepEqual(builds[0]?.missing, ['encoder:no_such_encoder', 'filter:zscale', 'decoder:libvpx-vp9']);
    assert.deepEqual([builds[0]?.filters, builds[0]?.decoders], [['atempo'], []]);
    const lacking = encoders.find(({ name }) => name === 'no_such_encoder');
    assert.deepEqual([lacking?.compiled, lacking?.usable, lacking?.probe_ms], [false, false, null]);
  });

  it('report an encoder that is compiled in and fails', async () => {
    using folder = scratchFolder();
    const path = fake(folder, 3);
    const { encoders } = await createBuilds({
      audio: { find: () => find(path), uses: USES },
      full: { find: none, uses: NONE },
    })();
    const x264 = encoders.find(({ name }) => name === 'libx264');
    assert.deepEqual([x264?.compiled, x264?.usable, x264?.reason], [true, false, 'exit code 3']);
  });
});
