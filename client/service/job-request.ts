/** A part of an input, in its own time, seconds. */
export type JobClip = string | { readonly input: string; readonly from?: number; readonly to?: number };

type Fit = 'contain' | 'cover' | 'stretch';

export type JobStep =
  | { readonly op: 'concat'; readonly inputs: readonly JobClip[] }
  | { readonly op: 'trim'; readonly from?: number; readonly to?: number }
  | {
      readonly op: 'scale';
      readonly width?: number;
      readonly height?: number;
      readonly fit?: Fit;
      /** A colour such as `#1a2b3c`, or `blur`. */
      readonly background?: string;
    }
  | {
      readonly op: 'audio';
      readonly mode: 'replace' | 'mix';
      readonly input: JobClip;
      /** Where it begins in the timeline, seconds; at `from` if absent. */
      readonly offset?: number;
      /** The range of the timeline that changes, seconds. */
      readonly from?: number;
      readonly to?: number;
      /** A factor from 0 to 4. */
      readonly volume?: number;
      /** mix: the same for what was heard before. */
      readonly original_volume?: number;
      /** Seconds. */
      readonly fade_in?: number;
      readonly fade_out?: number;
      readonly loop?: boolean;
      /** mix: by how many dB it is lowered under a voice, 0 to 30; true is 12. */
      readonly duck?: boolean | number;
    }
  | {
      readonly op: 'subtitles';
      readonly mode: 'embed';
      readonly input: string;
      /** ISO 639-2: three letters. */
      readonly language?: string;
      readonly default?: boolean;
      readonly encoding?: string;
    };

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
  readonly format: 'mp4' | 'mov' | 'mkv' | 'webm' | 'mp3' | 'aac' | 'wav' | 'jpg' | 'png' | 'hls' | 'dash';
  /** Packages: the sizes between which a player chooses, and `audio` for sound alone. */
  readonly ladder?: readonly ('2160p' | '1440p' | '1080p' | '720p' | '480p' | '360p' | '240p' | 'audio')[];
  readonly video_codec?: 'h264' | 'vp9';
  readonly audio_codec?: 'aac' | 'opus' | 'mp3' | 'pcm';
  readonly width?: number;
  readonly height?: number;
  readonly fit?: Fit;
  readonly background?: string;
  readonly fps?: 23.976 | 24 | 25 | 29.97 | 30 | 50 | 59.94 | 60;
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
