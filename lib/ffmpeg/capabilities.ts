import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { losesPitchedEnd } from './discovery/pitched-end.ts';

/** What an ffmpeg can do, as it says itself. */
export type Capabilities = {
  readonly version: string;
  readonly filters: ReadonlySet<string>;
  readonly encoders: ReadonlySet<string>;
  readonly demuxers: ReadonlySet<string>;
  readonly muxers: ReadonlySet<string>;
  readonly protocols: ReadonlySet<string>;
  readonly bitstreamFilters: ReadonlySet<string>;
  /** Its rubberband, if it has one, needs something behind the end of a sound whose pitch goes up. */
  readonly losesPitchedEnd: boolean;
};

type Kind = Exclude<keyof Capabilities, 'version' | 'losesPitchedEnd'>;

/** `filter:atempo`, `encoder:libopus`, `demuxer:mov`, `muxer:ogg`, `protocol:pipe`, `bsf:setts`. */
export type Capability = `${'filter' | 'encoder' | 'demuxer' | 'muxer' | 'protocol' | 'bsf'}:${string}`;

const KIND_OF: Readonly<Record<string, Kind>> = {
  filter: 'filters',
  encoder: 'encoders',
  demuxer: 'demuxers',
  muxer: 'muxers',
  protocol: 'protocols',
  bsf: 'bitstreamFilters',
};

const run = promisify(execFile);

const PROBE_TIMEOUT_MS = 8_000;

/** Asks the binary. Throws an Error when the file does not run or is not an ffmpeg. */
export async function askCapabilities(binary: string): Promise<Capabilities> {
  const ask = async (option: string) =>
    (
      await run(binary, ['-hide_banner', option], {
        timeout: PROBE_TIMEOUT_MS,
        killSignal: 'SIGKILL',
        maxBuffer: 4 << 20,
        env: { LC_ALL: 'C' },
      })
    ).stdout;
  const version = /^ffmpeg version (\S+)/m.exec(await ask('-version'))?.[1];
  if (version === undefined) throw new Error('it is not an ffmpeg');
  const [filters, encoders, demuxers, muxers, protocols, bitstreamFilters] = await Promise.all(
    ['-filters', '-encoders', '-demuxers', '-muxers', '-protocols', '-bsfs'].map(ask),
  );
  const filterNames = secondColumn(filters);
  return {
    version,
    filters: filterNames,
    encoders: secondColumn(encoders),
    demuxers: secondColumn(demuxers),
    muxers: secondColumn(muxers),
    protocols: words(protocols),
    bitstreamFilters: words(bitstreamFilters),
    losesPitchedEnd: filterNames.has('rubberband') && (await losesPitchedEnd(binary)),
  };
}

/** Those of `wanted` that are not there. */
export function missingCapabilities(wanted: readonly Capability[], capabilities: Capabilities): Capability[] {
  return wanted.filter((capability) => {
    const [kind = '', name = ''] = capability.split(':');
    const set = KIND_OF[kind];
    return set === undefined || !capabilities[set].has(name);
  });
}

function words(listing = ''): Set<string> {
  return new Set(listing.split(/\s+/));
}

/** Lines such as ` A....D libopus   libopus Opus`, ` D  mov,mp4,m4a   QuickTime / MOV`: flags, then names. */
function secondColumn(listing = ''): Set<string> {
  return new Set([...listing.matchAll(/^ [A-Z.| ]+? ([\w,]+) /gm)].flatMap(([, names]) => (names ?? '').split(',')));
}
