import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { passthroughArguments } from '#lib/playback/arguments.ts';
import { findPassthrough } from '#lib/playback/passthrough.ts';
import { spool } from '#lib/sources/spool.ts';
import { type ServeOptions, serve, startHttpSource } from '../../../support/http-source.ts';
import { QUIET_LOG } from '../../../support/quiet-log.ts';
import { collect, supervise } from '../../../support/supervised-ffmpeg.ts';
import { playbackSettings } from '../../../support/transcode-requests.ts';
import { openerFor } from '../../sources/support/opener.ts';

const NEVER = new AbortController().signal;

export type Passed = {
  /** What the client receives; undefined when the source must be encoded. */
  readonly answer: Buffer | undefined;
  /** Number of requests to the source. */
  readonly requests: number;
};

/** Serves `media` and passes it through as a session does, if possible. */
export async function pass(
  media: Buffer,
  fields: Readonly<Record<string, unknown>>,
  options: ServeOptions = {},
): Promise<Passed> {
  await using server = await startHttpSource(serve(media, options));
  await using opener = openerFor([server]);
  const request = playbackSettings(fields);
  const source = await opener.openNow(server.origin);
  const { demuxer, index } = source.format;
  const spooled =
    index === 'first'
      ? undefined
      : await spool(source.body, {
          directory: tmpdir(),
          reserveBytes: 0,
          maxBytes: 1e8,
          claim: () => undefined,
          signal: NEVER,
        });
  try {
    const startFfmpeg = (command: Parameters<typeof supervise>[0]) => supervise(command);
    const found = await findPassthrough(request, { source, spooled, startFfmpeg, signal: NEVER, log: QUIET_LOG });
    // The examined bytes are still in the body.
    const whole = spooled === undefined ? await buffer(source.body) : undefined;
    if (whole !== undefined) assert.ok(whole.equals(media), 'the source has changed');
    const requests = server.requests.length;
    if (found === undefined) return { answer: undefined, requests };
    const feed = spooled === undefined ? 'pipe' : 'spool';
    await using ffmpeg = supervise({
      args: passthroughArguments(request, { feed, demuxer, maxSeconds: 3_600, losesPitchedEnd: false }),
      input: spooled === undefined ? 'pipe' : { fd: spooled.fd },
    });
    if (whole !== undefined) ffmpeg.input?.end(found.mend?.(whole) ?? whole);
    const answer = await collect(ffmpeg.output);
    const outcome = await ffmpeg.outcome;
    assert.equal(outcome.kind, 'finished', outcome.log.join('\n'));
    return { answer, requests };
  } finally {
    await spooled?.close();
    source.close();
  }
}

/** Returns whether a source passes. */
export async function passes(
  media: Buffer,
  fields: Readonly<Record<string, unknown>>,
  options?: ServeOptions,
): Promise<boolean> {
  return (await pass(media, fields, options)).answer !== undefined;
}
