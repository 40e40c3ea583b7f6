/** The capabilities of an ffmpeg, as its own options list them. */
export type Capabilities = {
  readonly version: string;
  readonly filters: ReadonlySet<string>;
  readonly encoders: ReadonlySet<string>;
  /** The encoders of pictures, and those of sound. */
  readonly videoEncoders: ReadonlySet<string>;
  readonly audioEncoders: ReadonlySet<string>;
  readonly decoders: ReadonlySet<string>;
  readonly demuxers: ReadonlySet<string>;
  readonly muxers: ReadonlySet<string>;
  readonly protocols: ReadonlySet<string>;
  readonly bitstreamFilters: ReadonlySet<string>;
  /** Whether its rubberband, if any, loses the end of audio whose pitch is raised unless padding follows. */
  readonly losesPitchedEnd: boolean;
};

const KIND_OF = {
  filter: 'filters',
  encoder: 'encoders',
  decoder: 'decoders',
  demuxer: 'demuxers',
  muxer: 'muxers',
  protocol: 'protocols',
  bsf: 'bitstreamFilters',
} as const;

/** `filter:atempo`, `encoder:libopus`, `decoder:libvpx-vp9`, `demuxer:mov`, `muxer:ogg`, `protocol:pipe`, `bsf:setts`. */
export type Capability = `${keyof typeof KIND_OF}:${string}`;

/** Returns those of `wanted` that this ffmpeg lacks. */
export function missingCapabilities(wanted: readonly Capability[], capabilities: Capabilities): Capability[] {
  return wanted.filter((capability) => {
    const [kind, name = ''] = capability.split(':') as [keyof typeof KIND_OF, string?];
    return !capabilities[KIND_OF[kind]].has(name);
  });
}
