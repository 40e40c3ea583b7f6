import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { merge } from '#lib/playback/filter-patch.ts';
import type { Filters } from '#lib/playback/settings.ts';
import { openPlaylist } from '../../client/playlist.ts';
import { checkedSettings, type TranscodeRequest } from '../../client/request.ts';
import type { ContinuousTrack } from '../../client/stream/continuous.ts';
import { AppError } from '../../lib/errors.ts';

/** A track of two pieces, whose encoder ends before the N-th change. */
function fakeTrack(request: TranscodeRequest, endsAfter: number): ContinuousTrack {
  let filters: Filters = checkedSettings(request).filters;
  let changes = 0;
  const take = (patch: object) => {
    filters = merge(filters, patch);
    return { filters, applied_at_sample: 1 };
  };
  return {
    async *audio() {
      yield Buffer.from('a');
      yield Buffer.from('b');
    },
    async setFilters(patch) {
      changes += 1;
      if (changes === endsAfter) throw new AppError('CONFLICT', { state: 'completed' });
      return take(patch);
    },
    takeFilters: take,
    filters: () => filters,
    closing: () => Buffer.alloc(0),
    leg: () => ({ via: 'service', id: 'x' }),
    positionSeconds: () => 0,
  };
}

describe('The filters of a playlist', () => {
  it('are those of the current track plus the changes that it could no longer apply', async () => {
    for (const endsAfter of [1, 2]) {
      const began: TranscodeRequest['filters'][] = [];
      const playlist = openPlaylist({
        items: ['https://example.org/1', 'https://example.org/2'],
        request: { output_format: 'pcm' },
        signal: new AbortController().signal,
        open(request) {
          began.push(request.filters);
          return fakeTrack(request, endsAfter);
        },
        onEvent: () => undefined,
      });
      let pieces = 0;
      for await (const _piece of playlist.audio()) {
        pieces += 1;
        if (pieces !== 2) continue;
        await playlist.setFilters({ speed: 1.8 });
        const { filters } = await playlist.setFilters({ volume: 0.5 });
        assert.deepEqual(filters, { speed: 1.8, pitch: 0, volume: 0.5 });
        assert.deepEqual(playlist.filters(), filters);
      }
      assert.deepEqual(began, [
        { speed: 1, pitch: 0, volume: 1 },
        { speed: 1.8, pitch: 0, volume: 0.5 },
      ]);
    }
  });

  it('may change before it has started', async () => {
    const playlist = openPlaylist({
      items: [],
      request: { output_format: 'pcm' },
      signal: new AbortController().signal,
      open: (request) => fakeTrack(request, 0),
      onEvent: () => undefined,
    });
    const change = await playlist.setFilters({ volume: 0.5 });
    assert.deepEqual(change, { filters: { speed: 1, pitch: 0, volume: 0.5 }, applied_at_sample: 0 });
    assert.deepEqual(playlist.filters(), change.filters);
  });
});
