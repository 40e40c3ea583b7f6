import type { Readable } from 'node:stream';

/** The HTTP answer of a route. */
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

export function noContent(): Answer {
  return { statusCode: 204, headers: {}, body: '' };
}
