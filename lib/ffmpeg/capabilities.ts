import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { losesPitchedEnd } from './discovery/pitched-end.ts';

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

const run = promisify(execFile);

const RUN_OPTIONS = { timeout: 8_000, killSignal: 'SIGKILL', maxBuffer: 4 << 20, env: { LC_ALL: 'C' } } as const;

/** Runs the binary to list its capabilities. Throws an Error when the file does not run or is not an ffmpeg. */
export async function askCapabilities(binary: string): Promise<Capabilities> {
  const ask = async (option: string) => (await run(binary, ['-hide_banner', option], RUN_OPTIONS)).stdout;
  const version = /^ffmpeg version (\S+)/m.exec(await ask('-version'))?.[1];
  if (version === undefined) throw new Error('it is not an ffmpeg');
  const [filters, encoders, decoders, demuxers, muxers, protocols, bitstreamFilters] = await Promise.all([
    ask('-filters').then(secondColumn),
    ask('-encoders'),
    ask('-decoders').then(secondColumn),
    ask('-demuxers').then(secondColumn),
    ask('-muxers').then(secondColumn),
    ask('-protocols').then(words),
    ask('-bsfs').then(words),
  ]);
  const loses = filters.has('rubberband') && (await losesPitchedEnd(binary));
  return {
    ...{ version, filters, decoders, demuxers, muxers, protocols, bitstreamFilters, losesPitchedEnd: loses },
    encoders: secondColumn(encoders),
    videoEncoders: secondColumn(encoders, 'V'),
    audioEncoders: secondColumn(encoders, 'A'),
  };
}

/** Returns those of `wanted` that this ffmpeg lacks. */
export function missingCapabilities(wanted: readonly Capability[], capabilities: Capabilities): Capability[] {
  return wanted.filter((capability) => {
    const [kind, name = ''] = capability.split(':') as [keyof typeof KIND_OF, string?];
    return !capabilities[KIND_OF[kind]].has(name);
  });
}

function words(listing: string): Set<string> {
  return new Set(listing.split(/\s+/));
}

/**
 * Lines such as ` A....D libopus   libopus Opus`, ` D  mov,mp4,m4a   QuickTime / MOV`: flags, of which one may be
 * required, then names.
 */
function secondColumn(listing: string, flag = ''): Set<string> {
  const line = new RegExp(String.raw`^ ${flag}[A-Z.| ]+? ([\w,-]+) `, 'gm');
  return new Set([...listing.matchAll(line)].flatMap(([, names]) => (names ?? '').split(',')));
}
