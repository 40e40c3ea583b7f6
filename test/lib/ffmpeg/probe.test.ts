import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type AudioStream, type ProbeOptions, probe, readAudioStream } from '#lib/ffmpeg/probe.ts';
import { MEDIA_FFMPEG } from '../../support/ffmpeg.ts';
import { gone } from '../../support/leaks.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { supervise } from '../../support/supervised-ffmpeg.ts';

const start: ProbeOptions['start'] = (command) => supervise(command);
const NEVER = new AbortController().signal;
const NOWHERE = ['-map', '0:a:0', '-c:a', 'copy', '-t', '0', '-f', 'null', 'pipe:1'];

/** Probes the first bytes of a file with these options. */
async function seen(name: string, options: readonly string[], demuxer: string): Promise<AudioStream | undefined> {
  using folder = scratchFolder();
  const file = folder.file(name);
  execFileSync(MEDIA_FFMPEG, ['-v', 'error', '-f', 'lavfi', '-i', 'sine=d=2:r=48000', '-ac', '2', ...options, file]);
  const args = ['-f', demuxer, '-i', 'pipe:3', ...NOWHERE];
  return await probe({ start, args, input: readFileSync(file).subarray(0, 16_384), signal: NEVER });
}

describe('a probe', () => {
  it('describes a stream from the log of a real ffmpeg', async () => {
    const stereo = { sampleRate: 48_000, layout: 'stereo' };
    assert.deepEqual(await seen('a.opus', ['-c:a', 'libopus'], 'ogg'), {
      ...stereo,
      codec: 'opus',
      profile: undefined,
      sampleFormat: 'fltp',
      bitrate: undefined,
    });
    assert.deepEqual(await seen('a.wav', ['-ar', '8000', '-ac', '1'], 'wav'), {
      codec: 'pcm_s16le',
      profile: undefined,
      sampleRate: 8_000,
      layout: 'mono',
      sampleFormat: 's16',
      bitrate: 128_000,
    });
    const m4a = await seen('a.m4a', ['-c:a', 'aac', '-movflags', '+faststart'], 'mov');
    assert.deepEqual([m4a?.codec, m4a?.profile, m4a?.sampleFormat], ['aac', 'LC', 'fltp']);
    assert.ok((m4a?.bitrate ?? 0) > 1_000);
  });

  it('returns undefined for what ffmpeg cannot read', async () => {
    const args = ['-f', 'wav', '-i', 'pipe:3', ...NOWHERE];
    const input = Buffer.alloc(10_000, 'junk');
    assert.equal(await probe({ start, args, input, signal: NEVER }), undefined);
  });

  it('kills a hanging ffmpeg when the signal is aborted', async () => {
    using folder = scratchFolder();
    const binary = folder.file('ffmpeg');
    writeFileSync(binary, '#!/bin/sh\nexec sleep 1000\n');
    chmodSync(binary, 0o755);
    const impatience = new AbortController();
    const pids: number[] = [];
    const hang: ProbeOptions['start'] = (command) => {
      const process = supervise({ ...command, binary });
      pids.push(process.pid);
      return process;
    };
    const probing = probe({ start: hang, args: [], input: Buffer.alloc(1), signal: impatience.signal });
    impatience.abort();
    assert.equal(await probing, undefined);
    await gone(pids, 0);
    assert.equal(pids.length, 1);
    assert.equal(await probe({ start: hang, args: [], input: Buffer.alloc(1), signal: impatience.signal }), undefined);
    assert.equal(pids.length, 1, 'no process is started needlessly');
  });
});

describe('the line of a stream', () => {
  const LINES: readonly [line: string, stream: Partial<AudioStream> | undefined][] = [
    [
      '  Stream #0:1[0x2](und): Audio: aac (HE-AACv2) (mp4a / 0x6134706D), 44100 Hz, stereo, fltp, 32 kb/s (default)',
      {
        codec: 'aac',
        profile: 'HE-AACv2',
        sampleRate: 44_100,
        layout: 'stereo',
        sampleFormat: 'fltp',
        bitrate: 32_000,
      },
    ],
    [
      '  Stream #0:0: Audio: pcm_s24le ([1][0][0][0] / 0x0001), 48000 Hz, 2 channels (FR+FL), s32 (24 bit), 2304 kb/s',
      { codec: 'pcm_s24le', profile: undefined, layout: '2 channels (FR+FL)', sampleFormat: 's32', bitrate: 2_304_000 },
    ],
    ['  Stream #0:0: Audio: aac (LC), 48000 Hz, 5.1, fltp', { layout: '5.1', bitrate: undefined }],
    ['  Stream #0:0: Video: h264 (High), yuv420p, 640x480', undefined],
    ['  Stream #0:0: Audio: aac (LC), 48000 Hz, stereo, 128 kb/s', undefined],
    ['    title           : Stream #0:0: Audio: opus, 48000 Hz, stereo, fltp', undefined],
  ];
  for (const [line, stream] of LINES) {
    it(`is ${stream === undefined ? 'not ' : ''}read: ${line.trim()}`, () => {
      const read = readAudioStream(line);
      assert.deepEqual(read === undefined ? undefined : { ...read, ...stream }, read);
      assert.equal(read === undefined, stream === undefined);
    });
  }
});
