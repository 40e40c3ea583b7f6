import type { Readable } from 'node:stream';

/** What a route answers with. */
export type Answer = {
  readonly statusCode: number;
  /** The stack adds its own. */
  readonly headers: Record<string, string>;
  readonly body: string | Readable;
};

export function jsonAnswer(statusCode: number, value: unknown, headers: Answer['headers'] = {}): Answer {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
    body: JSON.stringify(value),
  };
}
