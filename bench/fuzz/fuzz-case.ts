import type { SourceBehaviour } from './source-behaviour.ts';

/** Longest wait for the end of a live stream or of its events: it plays for up to MAX_DURATION_SECONDS, ms. */
export const ENDLESS_LIMIT_MS = 75_000;

/** How a client reads its response. */
export type ClientBehaviour =
  | { readonly kind: 'reads' }
  /** Disconnects after this many bytes of the body; 0: after the head. */
  | { readonly kind: 'leaves'; readonly behindBytes: number }
  /** Disconnects this many milliseconds after its request, whatever it has received. */
  | { readonly kind: 'gives_up'; readonly afterMs: number }
  /** Disconnects after this many milliseconds and keeps what it has received: for endless responses. */
  | { readonly kind: 'listens'; readonly ms: number }
  /** Pauses this long after the first bytes, then reads the rest. */
  | { readonly kind: 'pauses'; readonly ms: number };

/** The parts of a transcode request that its audio shows. */
export type AskedAudio = {
  readonly output_format: 'opus' | 'aac' | 'pcm';
  readonly sample_rate: number;
  readonly channels: number;
};

/** The source of a case, and how it is served. */
export type FuzzSource = { readonly behaviour: SourceBehaviour; readonly bytes: Buffer };

/** One request with everything it needs, and the expectations for its response. */
export type FuzzCase = {
  readonly kind: 'request' | 'media';
  /** The seed with which `draw` recreates the case; its name in lists and paths. */
  readonly seed: number;
  /** A description of its special features, for people. */
  readonly label: string;
  /** The bytes on the wire, with markers (`markers.ts`). */
  readonly bytes: Buffer;
  readonly method: string;
  readonly target: string;
  /** Whether it is valid HTTP: then every response must be a documented one. */
  readonly isHttp: boolean;
  readonly client: ClientBehaviour;
  /** Milliseconds after which it counts as hanging. */
  readonly limitMs: number;
  readonly source?: FuzzSource;
  readonly asked?: AskedAudio;
  /** It is valid, so it must play to its end. */
  readonly mustPlay?: boolean;
  /** Its source is served and read by ffmpeg identically each time, so its response must be identical. */
  readonly isSteady?: boolean;
};

/** A case without its seed, which also names its source. */
export type CaseOfSeed = (seed: number) => FuzzCase;
