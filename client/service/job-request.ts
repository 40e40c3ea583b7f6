import type { Fit, JobStep } from './job-steps.ts';

type JobInput = {
  readonly url: string;
  /** Pictures: how long it is shown. */
  readonly seconds?: number;
  /** Subtitles. */
  readonly encoding?: string;
  readonly language?: string;
};

export type JobOutputRequest = {
  readonly name?: string;
  readonly format: 'mp4' | 'mov' | 'mkv' | 'webm' | 'mp3' | 'aac' | 'wav' | 'jpg' | 'png' | 'gif' | 'hls' | 'dash';
  /** Packages: the sizes between which a player chooses, and `audio` for sound alone. */
  readonly ladder?: readonly ('2160p' | '1440p' | '1080p' | '720p' | '480p' | '360p' | '240p' | 'audio')[];
  readonly video_codec?: 'h264' | 'vp9' | 'copy';
  readonly audio_codec?: 'aac' | 'opus' | 'mp3' | 'pcm';
  readonly width?: number;
  readonly height?: number;
  readonly fit?: Fit;
  readonly background?: string;
  /** 5, 10, 12.5 and 20 in gif only. */
  readonly fps?: 5 | 10 | 12.5 | 20 | 23.976 | 24 | 25 | 29.97 | 30 | 50 | 59.94 | 60;
  readonly quality?: 'draft' | 'standard' | 'high';
  /** Such as `2500k`. */
  readonly video_bitrate?: string;
  readonly audio_bitrate?: string;
  /** Pictures: the time of the frame, seconds. */
  readonly at?: number;
  /** A signed URL for a PUT, or `s3://bucket/key`, instead of the bucket of the service. */
  readonly destination?: string;
};

/** The body of `POST /api/jobs`: `outputs`, or `output` for one file. */
export type JobRequest = {
  readonly inputs: Readonly<Record<string, string | JobInput>>;
  readonly base?: string;
  readonly steps?: readonly JobStep[];
  readonly outputs?: readonly JobOutputRequest[];
  readonly output?: JobOutputRequest;
  readonly priority?: number;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
  readonly callback_url?: string | null;
  readonly expires_in_days?: number;
  readonly on_damage?: 'fail' | 'keep';
  readonly cache?: boolean;
};
