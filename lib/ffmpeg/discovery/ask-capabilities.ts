import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Capabilities } from '#lib/ffmpeg/capabilities.ts';
import { losesPitchedEnd } from './pitched-end.ts';

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
