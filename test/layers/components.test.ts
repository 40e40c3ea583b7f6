import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AUDIO_DEMUXERS } from '#lib/containers/audio-demuxers.ts';
import type { Capability } from '#lib/ffmpeg/capabilities.ts';
import { audioFilterCapabilities } from '#lib/filters/audio.ts';
import { ADJUSTABLE } from '#lib/filters/live.ts';
import { AUDIO_CAPABILITIES } from '#lib/profiles/audio.ts';
import { AUDIO_COMPONENTS } from '../../layers/ffmpeg-audio/components.ts';

/** Names of ffmpeg's configure for components that ffmpeg itself names differently. */
const CONFIGURED: Readonly<Record<string, string>> = { 'muxer:s16le': 'muxer:pcm_s16le' };

function has(capability: Capability): boolean {
  const [kind = '', name = ''] = (CONFIGURED[capability] ?? capability).split(':');
  return (AUDIO_COMPONENTS as Readonly<Record<string, readonly string[]>>)[kind]?.includes(name) ?? false;
}

describe('the audio layer', () => {
  it('has every demuxer that a source may need', () => {
    assert.deepEqual(
      AUDIO_DEMUXERS.filter((name) => !has(`demuxer:${name}`)),
      [],
    );
  });

  it('has everything that a transcode needs, including live and pitch', () => {
    const filters = { speed: 1, pitch: 1, eqPreset: 'flat', equalizer: undefined, volume: 1 } as const;
    const live = { adjust: ADJUSTABLE, leadSeconds: 2 };
    const needed = [...AUDIO_CAPABILITIES, ...audioFilterCapabilities({ filters, live })];
    assert.deepEqual(
      needed.filter((capability) => !has(capability)),
      [],
    );
  });

  it('has no network protocol and no playlist', () => {
    assert.deepEqual(AUDIO_COMPONENTS.protocol, ['async', 'file', 'pipe']);
    for (const name of ['hls', 'dash', 'concat', 'rtsp', 'sdp']) {
      assert.ok(!(AUDIO_COMPONENTS.demuxer as readonly string[]).includes(name), name);
    }
  });
});
