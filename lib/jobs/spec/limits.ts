/** The limits of one request. */
export const SPEC_LIMITS = {
  /** The request itself. */
  bodyBytes: 1_048_576,
  inputs: 100,
  steps: 50,
  /** Clips of one concat: an input may be used any number of times. */
  clips: 500,
  /** Largest factor of a sound's amplitude. */
  volume: 4,
  /** Characters of a text on the picture. */
  text: 10_000,
  /** Subtitles of a job. */
  cues: 20_000,
  outputs: 4,
  /** Characters of a URL, as in other requests. */
  url: 8_192,
  callbackUrl: 2_048,
  /** Metadata, as JSON. */
  metadataBytes: 8_192,
  /** Longest time in an input or in the timeline, seconds. */
  seconds: 14_400,
  /** Width and height, and their product. */
  side: 8_192,
  pixels: 36_000_000,
} as const;
