/** What implements the contract of Function URLs and invocations: the packages under the platform's runtime, or the emulator. */
export type Implementation = AsyncDisposable & {
  readonly name: string;
  /** Settings of the functions besides those of this implementation; for functions that were not called yet. */
  invoke(functionName: string, event: unknown, options?: InvokeOptions): Promise<Answered>;
  /** Of the processes that run the function now, the runtime first. */
  processesOf(functionName: string): number[];
  /** All that the functions have printed. */
  printed(): string;
};

export type InvokeOptions = {
  /** Until the platform ends the invocation; the function's own timeout when absent. */
  readonly timeoutMs?: number;
};

export type Chunk = { readonly bytes: Buffer /** performance.now() when it came. */; readonly at: number };

/** How an invocation ended, as whoever invoked it, or reads the metrics of the platform, is told. */
export type End = 'complete' | { readonly errorType: string };

export type Answered = {
  readonly statusCode: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  /** To be read once. They just end, also where the connection would break: `end` tells. */
  readonly chunks: AsyncIterable<Chunk>;
  readonly end: Promise<End>;
};

/** An answer read to its end. */
export type Whole = Omit<Answered, 'chunks' | 'end'> & {
  readonly body: Buffer;
  readonly end: End;
  // biome-ignore lint/suspicious/noExplicitAny: a body is what the test says it is.
  json(): any;
};

export async function whole(answered: Answered): Promise<Whole> {
  const { statusCode, headers, cookies } = answered;
  const chunks: Buffer[] = [];
  for await (const { bytes } of answered.chunks) chunks.push(bytes);
  const body = Buffer.concat(chunks);
  return { statusCode, headers, cookies, body, end: await answered.end, json: () => JSON.parse(body.toString('utf8')) };
}
