import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HttpSource, startHttpSource } from '../../test/support/http-source.ts';
import type { SourceFaultKind } from './fault-plan.ts';
import type { BadTrack } from './playlist-plan.ts';
import type { Track } from './tracks.ts';

/** A fault for the next request for a valid track, after this share of the requested bytes. */
type Armed = { readonly kind: SourceFaultKind; readonly share: number };

/** The server of all tracks; `await using` closes it. */
export type TrackServer = HttpSource & {
  arm(fault: Armed): void;
  /** Returns the number of requests for an item with a fault. */
  struck(path: string): number;
};

const BAD_ANSWERS: Readonly<Record<BadTrack, (response: ServerResponse) => void>> = {
  missing: (response) => response.writeHead(404).end(),
  text: (response) => response.end('<html>no music here</html>'.repeat(100)),
  empty: (response) => response.end(),
};

/** Serves tracks by the last part of their path, like a file server, with ranges and validators. */
export async function startTrackServer(tracks: readonly Track[]): Promise<TrackServer> {
  const contents = new Map(tracks.map(({ name, bytes }) => [name, bytes]));
  const struck = new Map<string, number>();
  const armed: Armed[] = [];
  const source = await startHttpSource((request, response) => {
    const path = request.url ?? '';
    const name = path.split('/').at(-1) ?? '';
    const content = contents.get(name);
    if (content === undefined) {
      (BAD_ANSWERS[name as BadTrack] ?? BAD_ANSWERS.missing)(response);
      return;
    }
    const fault = armed.shift();
    if (fault !== undefined) struck.set(path, (struck.get(path) ?? 0) + 1);
    answer({ request, response, content, fault });
  });
  return {
    ...source,
    arm: (fault) => void armed.push(fault),
    struck: (path) => struck.get(path) ?? 0,
  };
}

type Answer = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly content: Buffer;
  readonly fault: Armed | undefined;
};

function answer({ request, response, content, fault }: Answer): void {
  if (fault?.kind === 'source_500') {
    response.writeHead(500).end();
    return;
  }
  const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start >= content.length && start > 0) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const rest = content.subarray(start);
  response.writeHead(request.headers.range === undefined ? 200 : 206, {
    'content-length': rest.length,
    'accept-ranges': 'bytes',
    'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
    etag: `"${content.length}"`,
  });
  if (fault === undefined) {
    response.end(rest);
    return;
  }
  response.write(rest.subarray(0, Math.floor(rest.length * fault.share)), () => breakOff(response, fault.kind));
}

/** A stalled response sends nothing more until its client disconnects. */
function breakOff({ socket }: ServerResponse, kind: SourceFaultKind): void {
  if (kind === 'source_reset') socket?.resetAndDestroy();
  if (kind === 'source_truncate') socket?.destroySoon();
}
