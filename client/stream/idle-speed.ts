import type { Adjustable } from '#lib/filters/live.ts';
import type { FilterPatch, PlaybackSettings } from '#lib/playback/settings.ts';
import { liveOf } from '#lib/playback/settings.ts';

/**
 * Leaves out a time stretcher that would run at speed 1, since it shifts tones by a few milliseconds, differently in
 * each encoder. A live stream whose request has no `adjust` starts without one, so that two encoders produce the same
 * samples. When the speed changes, another encoder with a stretcher continues.
 */
export function withoutIdleSpeed(settings: PlaybackSettings): PlaybackSettings {
  if (!settings.live || settings.adjust !== undefined || settings.filters.speed !== 1) return settings;
  return { ...settings, adjust: adjustOf(settings).filter((name) => name !== 'speed') };
}

/** Returns the filters that may change in a live stream. */
export function adjustOf(settings: PlaybackSettings): readonly Adjustable[] {
  return liveOf(settings)?.adjust ?? [];
}

/** Whether a change sets a speed but the stream's encoder has no stretcher. */
export function needsStretcher(settings: PlaybackSettings, { speed }: FilterPatch): boolean {
  return speed !== undefined && speed !== settings.filters.speed && !adjustOf(settings).includes('speed');
}
