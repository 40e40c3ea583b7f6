import { jsonBytes } from './json-bytes.ts';
import { InvalidResponse, type ResponseHead, toResponseHead } from './response-head.ts';
import { ResponseTooLarge } from './response-too-large.ts';

export type BufferedResponse = {
  readonly head: ResponseHead;
  /** Text stays text: Node.js sends it with the head in one write, but needs two for bytes. */
  readonly body: Buffer | string;
};

const DEFAULT_TYPE = 'application/json';

/** The most bytes that one UTF-16 unit needs in JSON: `\u0000`. */
const JSON_EXPANSION = 6;

/**
 * Converts a handler's return value as a Function URL does (payload format 2.0). An object with `statusCode` is a
 * response, a string is a body, anything else is JSON. Without `statusCode` the status is 200.
 * Throws InvalidResponse for an invalid HTTP response or JSON, ResponseTooLarge over `limitBytes` of payload.
 */
export function toBufferedResponse(result: unknown, limitBytes: number): BufferedResponse {
  const response = isFlat(result, limitBytes) ? result : throughJson(result, limitBytes);
  if (typeof response === 'object' && response !== null && 'statusCode' in response) {
    const given = response as Record<string, unknown>;
    return {
      head: toResponseHead(given, DEFAULT_TYPE),
      body: toBody(given['body'], given['isBase64Encoded'] === true),
    };
  }
  return { head: toResponseHead({}, DEFAULT_TYPE), body: toBody(response, false) };
}

/** Returns the same as `toBufferedResponse`, but does not hold up other requests while it counts the bytes of a long text. */
export async function toLongResponse(result: unknown, limitBytes: number): Promise<BufferedResponse> {
  const text = longTextOf(result, limitBytes);
  if (text === undefined) return toBufferedResponse(result, limitBytes);
  const rest: Record<string, unknown> = { ...(result as object), body: '' };
  const bytes = Buffer.byteLength(asJson(rest)) + (await jsonBytes(text));
  if (bytes > limitBytes) throw new ResponseTooLarge(limitBytes);
  return { head: toResponseHead(rest, DEFAULT_TYPE), body: toBody(text, rest['isBase64Encoded'] === true) };
}

/** Returns the body of a response that JSON would not change, if its bytes have to be counted. */
function longTextOf(result: unknown, limitBytes: number): string | undefined {
  if (!isPlain(result) || isFlat(result, limitBytes)) return undefined;
  return typeof result.body === 'string' ? result.body : undefined;
}

/** Whether JSON would not change the response and it is within the limit: the common case needs no round trip. */
function isFlat(result: unknown, limitBytes: number): boolean {
  if (!isPlain(result)) return false;
  const { body } = result;
  return body == null || (typeof body === 'string' && body.length * JSON_EXPANSION < limitBytes / 2);
}

function isPlain(result: unknown): result is { readonly body?: unknown } {
  return typeof result === 'object' && result !== null && 'statusCode' in result && !('toJSON' in result);
}

/** The runtime sends what a handler returns as JSON; the limit counts those bytes. */
function throughJson(result: unknown, limitBytes: number): unknown {
  const json = asJson(result);
  if (Buffer.byteLength(json) > limitBytes) throw new ResponseTooLarge(limitBytes);
  return JSON.parse(json);
}

function asJson(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch (cause) {
    throw new InvalidResponse('the result cannot be written as JSON', { cause });
  }
}

function toBody(body: unknown, base64: boolean): Buffer | string {
  if (body === undefined) return '';
  if (typeof body !== 'string') return JSON.stringify(body);
  return base64 ? Buffer.from(body, 'base64') : body;
}
