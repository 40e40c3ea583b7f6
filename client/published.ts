/** The complete exports of `ffmpeg-functions/client`. */
// biome-ignore-start lint/performance/noBarrelFile: a package has one entry point.
export { AppError, type ErrorCode } from '#lib/errors.ts';
export type { FilterPatch, Filters } from '#lib/playback/settings.ts';
export type { AudioStream, AudioStreamEvents } from './audio-stream.ts';
export { type Client, createClient, type ServiceHealth, type ServiceUsage } from './client.ts';
export { type FrameOptions, frames } from './frames.ts';
export type { Via } from './legs/leg.ts';
export type { ClientOptions } from './options.ts';
export type { PlaylistItem, PlaylistRequest, TrackEvent } from './playlist.ts';
export type { TranscodeRequest } from './request.ts';
export type { Retry } from './service/calls.ts';
export type { Credentials } from './service/credentials.ts';
export type { FunctionName } from './service/function-urls.ts';
export type { JobCheck, JobFile, JobPage, JobRecord, JobStatus } from './service/job-record.ts';
export type { JobOutputRequest, JobRequest } from './service/job-request.ts';
export type { JobClip, JobStep } from './service/job-steps.ts';
export type { Jobs } from './service/jobs.ts';
export type { Probe, ProbedStream } from './service/probe-report.ts';
export type { ClientLog } from './stream/client-log.ts';
export type { FilterChange, StreamEvent } from './stream/events.ts';
export type { ClientCounters } from './stream/monitor.ts';
export type { Timeouts } from './stream/timeouts.ts';
// biome-ignore-end lint/performance/noBarrelFile: a package has one entry point.
