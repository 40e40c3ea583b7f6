import type { SourceBehaviour } from './source-behaviour.ts';

/** How a client takes its answer. */
export type ClientBehaviour =
  | { readonly kind: 'reads' }
  /** Is gone behind so many bytes of the body; 0: when the head is there. */
  | { readonly kind: 'leaves'; readonly behindBytes: number }
  /** Is gone so many milliseconds behind its request, whatever has come. */
  | { readonly kind: 'gives_up'; readonly afterMs: number }
  /** Leaves behind so many milliseconds, with what it has got: for what need not end. */
  | { readonly kind: 'listens'; readonly ms: number }
  /** Takes nothing for so long behind the first bytes, then the rest. */
  | { readonly kind: 'pauses'; readonly ms: number };

/** What a transcode was asked for, as far as its audio shows it. */
export type AskedAudio = {
  readonly output_format: 'opus' | 'aac' | 'pcm';
  readonly sample_rate: number;
  readonly channels: number;
};

/** What is served as the source of a case, and how. */
export type FuzzSource = { readonly behaviour: SourceBehaviour; readonly bytes: Buffer };

/** One request, all it needs, and what may be expected of its answer. */
export type FuzzCase = {
  readonly kind: 'request' | 'media';
  /** What `draw` makes the same case of again; names it in lists and paths. */
  readonly seed: number;
  /** What is special about it, for people. */
  readonly label: string;
  /** As it goes over the wire, markers in it (`markers.ts`). */
  readonly bytes: Buffer;
  readonly method: string;
  readonly target: string;
  /** Whether it is HTTP as it should be: then every answer has to be one of the documented ones. */
  readonly isHttp: boolean;
  readonly client: ClientBehaviour;
  /** Milliseconds behind which it counts as hanging. */
  readonly limitMs: number;
  readonly source?: FuzzSource;
  readonly asked?: AskedAudio;
  /** Nothing is wrong with it: it has to play to its end. */
  readonly mustPlay?: boolean;
  /** Its source is served, and read by ffmpeg, the same each time: so has its answer to be. */
  readonly isSteady?: boolean;
};

/** A case but for its seed, which also names its source. */
export type CaseOfSeed = (seed: number) => FuzzCase;
