import type { Adjustable } from '#lib/filters/live.ts';
import type { FilterPatch, PlaybackSettings } from '#lib/playback/settings.ts';
import { liveOf } from '#lib/playback/settings.ts';

/**
 * Leaves out a stretcher that would run at speed 1: it shifts tones by a few milliseconds, differently in each encoder.
 * So a live stream whose request does not list what may change begins without one, and two encoders give the same
 * samples; when its speed is to change, another encoder goes on, with a stretcher.
 */
export function withoutIdleSpeed(settings: PlaybackSettings): PlaybackSettings {
  if (!settings.live || settings.adjust !== undefined || settings.filters.speed !== 1) return settings;
  return { ...settings, adjust: adjustOf(settings).filter((name) => name !== 'speed') };
}

/** What may change in a live stream. */
export function adjustOf(settings: PlaybackSettings): readonly Adjustable[] {
  return liveOf(settings)?.adjust ?? [];
}

/** Whether a change takes a speed that this stream's encoder has no stretcher for. */
export function needsStretcher(settings: PlaybackSettings, { speed }: FilterPatch): boolean {
  return speed !== undefined && speed !== settings.filters.speed && !adjustOf(settings).includes('speed');
}
