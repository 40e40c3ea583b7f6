import { type Answered, type Chunk, type End, whole } from './implementation.ts';
import type { PackagedFunction } from './packages.ts';
import { type RuntimeResponse, trailedError } from './runtime-api.ts';

/** The content type of a stream that begins with a prelude: JSON (status, headers, cookies), then 8 NUL bytes. */
const HTTP_INTEGRATION = 'application/vnd.awslambda.http-integration-response';
const DELIMITER = Buffer.alloc(8);
const MAX_PRELUDE_BYTES = 64 << 10;
/** The URL's response when the function has none. */
const FAILED = { statusCode: 502, headers: { 'content-type': 'application/json' }, cookies: [] };
const FAILED_BODY = Buffer.from('{"message":"Internal Server Error"}');

export type UrlOptions = {
  readonly invokeMode: PackagedFunction['invokeMode'];
  /** Bytes of a streamed response after which the platform ends it. */
  readonly streamedBytes: number;
  /** The reason why a body was cut, if the platform knows it. */
  readonly whyBroken: () => string | undefined;
};

/** The response that a Function URL creates from a runtime's response for its client. */
export async function functionUrlAnswer(response: RuntimeResponse, options: UrlOptions): Promise<Answered> {
  if (response.kind === 'error') return failed(response.error.errorType);
  if (response.kind === 'buffered') return buffered(response.payload);
  const answered = await streamed(response, options);
  return options.invokeMode === 'RESPONSE_STREAM' ? answered : await atOnce(answered);
}

function failed(errorType: string): Answered {
  return { ...FAILED, chunks: once(FAILED_BODY), end: Promise.resolve({ errorType }) };
}

/** Payload format 2.0: an object with `statusCode` is a response, anything else a JSON body. */
function buffered(payload: string): Answered {
  const result = JSON.parse(payload) as Head & { body?: string; isBase64Encoded?: boolean };
  const isAnswer = typeof result === 'object' && result !== null && 'statusCode' in result;
  const head = isAnswer ? result : { statusCode: 200, headers: { 'content-type': 'application/json' } };
  const body = isAnswer ? Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8') : payload;
  return { ...headOf(head), chunks: once(Buffer.from(body)), end: Promise.resolve('complete') };
}

/** A stream for a URL that does not stream. */
async function atOnce(answered: Answered): Promise<Answered> {
  const { statusCode, headers, cookies, body, end } = await whole(answered);
  if (end !== 'complete') return failed(end.errorType);
  return { statusCode, headers, cookies, chunks: once(body), end: Promise.resolve(end) };
}

type Streamed = Extract<RuntimeResponse, { kind: 'streamed' }>;

async function streamed({ contentType, body }: Streamed, { streamedBytes, whyBroken }: UrlOptions): Promise<Answered> {
  const { promise: end, resolve } = Promise.withResolvers<End>();
  body.on('error', () => undefined);
  const source = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let pending = Buffer.alloc(0);
  let given = 0;

  /** Returns undefined at the end, also after a failure; `end` is settled then. */
  async function next(): Promise<Buffer | undefined> {
    try {
      const { value, done } = await source.next();
      if (!done) return value;
      const error = trailedError(body);
      resolve(error === undefined ? 'complete' : { errorType: error.errorType });
    } catch {
      resolve({ errorType: whyBroken() ?? 'Runtime.TruncatedResponse' });
    }
    return undefined;
  }

  async function prelude(): Promise<Head | undefined> {
    if (contentType !== HTTP_INTEGRATION) return { statusCode: 200, headers: { 'content-type': contentType } };
    for (;;) {
      const at = pending.indexOf(DELIMITER);
      if (at >= 0) {
        const json = pending.toString('utf8', 0, at);
        pending = pending.subarray(at + DELIMITER.length);
        return JSON.parse(json) as Head;
      }
      const more = pending.length > MAX_PRELUDE_BYTES ? undefined : await next();
      if (more === undefined) return undefined;
      pending = Buffer.concat([pending, more]);
    }
  }

  async function* chunks(): AsyncGenerator<Chunk> {
    try {
      for (let bytes: Buffer | undefined = pending; bytes !== undefined; bytes = await next()) {
        given += bytes.length;
        if (given > streamedBytes) {
          resolve({ errorType: 'Function.ResponseSizeTooLarge' });
          body.destroy();
          return;
        }
        if (bytes.length > 0) yield { bytes, at: performance.now() };
      }
    } finally {
      void drain();
    }
  }

  /** A disconnect of the client does not affect the function: the platform reads the rest. */
  async function drain(): Promise<void> {
    while ((await next()) !== undefined);
  }

  const head = await prelude();
  if (head !== undefined) return { ...headOf(head), chunks: chunks(), end };
  // A stream that ends without its prelude, or that does not end properly.
  resolve({ errorType: 'Runtime.InvalidPrelude' });
  void drain();
  return { ...FAILED, chunks: once(FAILED_BODY), end };
}

type Head = {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly cookies?: readonly string[];
};

function headOf({
  statusCode = 200,
  headers = {},
  cookies = [],
}: Head): Pick<Answered, 'statusCode' | 'headers' | 'cookies'> {
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return { statusCode, headers: { 'content-type': 'application/json', ...Object.fromEntries(lowerCase) }, cookies };
}

async function* once(bytes: Buffer): AsyncGenerator<Chunk> {
  if (bytes.length > 0) yield { bytes, at: performance.now() };
}
