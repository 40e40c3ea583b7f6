import { redactValue } from '#lib/redaction.ts';

export type Message = {
  /** Name of the event, such as `job.completed`. */
  readonly event: string;
  /** Time of the event. */
  readonly at: Date;
  /** The id of what the event is about, such as a job. */
  readonly subjectId: string;
  /** What the receiver learns. Secrets and the queries of URLs are redacted. */
  readonly data: object;
};

/** Largest body; a receiver gets the rest from the API. */
const MOST_BYTES = 32_768;

/** Returns the body of a callback, as Standard Webhooks describes it: `{type, timestamp, data}`. */
export function bodyOf({ event: type, at, subjectId, data }: Message): string {
  const timestamp = at.toISOString();
  const body = JSON.stringify({ type, timestamp, data });
  if (Buffer.byteLength(body) > MOST_BYTES) {
    return JSON.stringify({ type, timestamp, data: { id: subjectId, truncated: true } });
  }
  return JSON.stringify({ type, timestamp, data: redactValue(JSON.parse(JSON.stringify(data))) });
}
