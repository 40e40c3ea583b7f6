import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { missingCapabilities } from '#lib/ffmpeg/capabilities.ts';
import { askCapabilities } from '#lib/ffmpeg/discovery/ask-capabilities.ts';
import { AUDIO_CAPABILITIES } from '#lib/profiles/audio.ts';
import { writeFakeFfmpeg } from '../../support/fake-ffmpeg.ts';
import { FFMPEG } from '../../support/ffmpeg.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

describe('capabilities', () => {
  it('of a real ffmpeg include everything that transcoding needs', async () => {
    const capabilities = await askCapabilities(FFMPEG);
    assert.match(capabilities.version, /^\S*\d/);
    assert.deepEqual(missingCapabilities(AUDIO_CAPABILITIES, capabilities), []);
  });

  it('of a real ffmpeg contain no words of legends or descriptions', async () => {
    const { filters, encoders, demuxers, muxers } = await askCapabilities(FFMPEG);
    for (const names of [filters, encoders, demuxers, muxers]) {
      for (const word of ['=', 'Timeline', 'Audio', 'Demuxing', 'raw', 'D', '']) assert.ok(!names.has(word), word);
    }
  });

  it('are parsed by kind, with every name of a format', async () => {
    using folder = scratchFolder();
    const binary = writeFakeFfmpeg(folder.file('ffmpeg'), {
      version: 'n7.1-static',
      filters: ['atempo', 'rubberband'],
      encoders: ['libopus', 'libvpx-vp9'],
      demuxers: ['mov,mp4,m4a', '3dostr'],
      muxers: ['ogg'],
      protocols: ['pipe', 'async'],
    });
    const capabilities = await askCapabilities(binary);
    assert.equal(capabilities.version, 'n7.1-static');
    assert.deepEqual(capabilities.filters, new Set(['atempo', 'rubberband']));
    assert.deepEqual(capabilities.encoders, new Set(['libopus', 'libvpx-vp9']));
    assert.deepEqual(capabilities.demuxers, new Set(['mov', 'mp4', 'm4a', '3dostr']));
    assert.deepEqual(capabilities.muxers, new Set(['ogg']));
    for (const name of ['pipe', 'async']) assert.ok(capabilities.protocols.has(name), name);
  });

  it('that are missing are named, and no others', async () => {
    using folder = scratchFolder();
    const options = { filters: ['atempo'], muxers: ['ogg'], demuxers: ['mp3'] };
    const capabilities = await askCapabilities(writeFakeFfmpeg(folder.file('ffmpeg'), options));
    assert.deepEqual(
      missingCapabilities(
        ['filter:atempo', 'filter:rubberband', 'muxer:ogg', 'encoder:ogg', 'muxer:mp3', 'protocol:srt'],
        capabilities,
      ),
      ['filter:rubberband', 'encoder:ogg', 'muxer:mp3', 'protocol:srt'],
    );
  });

  it('cannot be read from a file that is not an ffmpeg, does not exist, or fails', async () => {
    await assert.rejects(askCapabilities('/bin/echo'), /not an ffmpeg/);
    await assert.rejects(askCapabilities('/nowhere/ffmpeg'), /ENOENT/);
    await assert.rejects(askCapabilities('/bin/false'), /Command failed/);
    await assert.rejects(askCapabilities('/'), /EACCES/);
  });
});
