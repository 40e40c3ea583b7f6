import { PassThrough, pipeline } from 'node:stream';
import { beforeDeadline } from '#lib/deadline.ts';
import { AppError, toAppError } from '#lib/errors.ts';
import { toFailure } from '#lib/work/record.ts';
import type { Answer } from './answer.ts';
import type { HttpContext, HttpEvent } from './event.ts';

/** One server-sent event (WHATWG HTML, section 9.2). */
export type ServerEvent = {
  /** An increasing number. A client that reconnects continues after it. */
  readonly seq: string;
  readonly type: string;
  readonly data: unknown;
};

export type EventStreamOptions = {
  /** Yields batches of events, which may be empty, until the signal is aborted. */
  readonly follow: (signal: AbortSignal) => AsyncIterable<readonly ServerEvent[]>;
  /** Returns whether this event is the last one. */
  readonly isLast: (event: ServerEvent) => boolean;
  readonly context: Pick<HttpContext, 'clientSignal' | 'getRemainingTimeInMillis'>;
  /** Aborted with an AppError when the caller's API key ends: the stream then ends with an event `revoked`. */
  readonly keyEnded?: AbortSignal | undefined;
  /** Milliseconds of silence after which a comment is sent. */
  readonly keepAliveMs?: number;
};

const KEEP_ALIVE_MS = 15_000;
/** Time that a client waits before it reconnects, ms. */
const RETRY_MS = 2_000;

/** Streams events until the last one, until the client disconnects, or until shortly before the platform's deadline. */
export function eventStream(options: EventStreamOptions): Answer {
  const { follow, isLast, context, keyEnded, keepAliveMs = KEEP_ALIVE_MS } = options;
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  const { clientSignal } = context;
  const others = [clientSignal, keyEnded].filter((signal) => signal !== undefined);
  const batches = follow(AbortSignal.any([leaving.signal, ...others]));
  const body = new PassThrough();
  const stopDeadline = beforeDeadline(context.getRemainingTimeInMillis(), leave);
  body.once('close', () => {
    stopDeadline();
    leave();
  });
  pipeline(text(batches, { isLast, keepAliveMs, keyEnded }), body, () => undefined);
  return {
    statusCode: 200,
    headers: {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store, no-transform',
      // Otherwise nginx buffers the events.
      'X-Accel-Buffering': 'no',
    },
    body,
  };
}

type TextOptions = Required<Pick<EventStreamOptions, 'isLast' | 'keepAliveMs' | 'keyEnded'>>;

async function* text(batches: ReturnType<EventStreamOptions['follow']>, options: TextOptions) {
  const { isLast, keepAliveMs, keyEnded } = options;
  yield `retry: ${RETRY_MS}\n\n`;
  let lastSentAt = performance.now();
  for await (const events of batches) {
    const isSilent = performance.now() - lastSentAt >= keepAliveMs;
    if (events.length === 0 && !isSilent) continue;
    yield events.length === 0 ? ': keep-alive\n\n' : events.map(written).join('');
    lastSentAt = performance.now();
    if (events.some(isLast)) return;
  }
  // Without an id, so that it does not change where the client continues.
  if (keyEnded?.aborted) yield `event: revoked\ndata: ${JSON.stringify(toFailure(toAppError(keyEnded.reason)))}\n\n`;
}

function written({ seq, type, data }: ServerEvent): string {
  return `id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Matches numbers that fit into a PostgreSQL bigint. */
const SEQ = /^\d{1,18}$/;

/** Returns the id of the event to continue after, from the header or the query. Throws VALIDATION_ERROR. */
export function lastEventId({ headers, queryStringParameters }: Pick<HttpEvent, 'headers' | 'queryStringParameters'>) {
  const given = headers['last-event-id'] ?? queryStringParameters?.['last_event_id'] ?? '';
  if (given === '') return undefined;
  if (SEQ.test(given)) return given;
  const message = 'last_event_id must be the id of an event: a number of at most 18 digits';
  const offence = { field: 'last_event_id', value: given.slice(0, 40) };
  throw new AppError('VALIDATION_ERROR', { ...offence, errors: [{ ...offence, message }] }, { message });
}
