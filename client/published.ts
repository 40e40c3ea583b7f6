/** What `ffmpeg-functions/client` exports: this and nothing else is for others to build on. */
// biome-ignore-start lint/performance/noBarrelFile: a package has one entrance.
export { AppError, type ErrorCode } from '#lib/errors.ts';
export type { FilterPatch, Filters } from '#lib/playback/settings.ts';
export type { AudioStream, AudioStreamEvents } from './audio-stream.ts';
export { type Client, createClient, type ServiceHealth } from './client.ts';
export { type FrameOptions, frames } from './frames.ts';
export type { Via } from './legs/leg.ts';
export type { ClientLog, ClientOptions, Timeouts } from './options.ts';
export type { PlaylistItem, PlaylistRequest, TrackEvent } from './playlist.ts';
export type { TranscodeRequest } from './request.ts';
export type { Credentials, FunctionName, Retry } from './service/calls.ts';
export type { FilterChange, StreamEvent } from './stream/events.ts';
// biome-ignore-end lint/performance/noBarrelFile: a package has one entrance.
export type { ClientCounters } from './stream/monitor.ts';
