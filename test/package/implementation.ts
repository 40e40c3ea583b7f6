/** An implementation of Function URLs and invocations: the packages under the platform's runtime, or the emulator. */
export type Implementation = AsyncDisposable & {
  readonly name: string;
  /** Adds settings of the functions. They apply to functions that were not called yet. */
  invoke(functionName: string, event: unknown, options?: InvokeOptions): Promise<Answered>;
  /** Ids of the processes that run the function, the runtime first. */
  processesOf(functionName: string): number[];
  /** The whole output of the functions. */
  printed(): string;
};

export type InvokeOptions = {
  /** Time until the platform ends the invocation; the function's own timeout when absent. */
  readonly timeoutMs?: number;
};

export type Chunk = { readonly bytes: Buffer /** performance.now() when it came. */; readonly at: number };

/** The outcome of an invocation, as reported to its caller or in the platform's metrics. */
export type End = 'complete' | { readonly errorType: string };

export type Answered = {
  readonly statusCode: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  /** Can be read once. They end normally even when the connection would be cut: see `end`. */
  readonly chunks: AsyncIterable<Chunk>;
  readonly end: Promise<End>;
};

/** A response that was read to its end. */
export type Whole = Omit<Answered, 'chunks' | 'end'> & {
  readonly body: Buffer;
  readonly end: End;
  // biome-ignore lint/suspicious/noExplicitAny: the test knows the type of the body.
  json(): any;
};

export async function whole(answered: Answered): Promise<Whole> {
  const { statusCode, headers, cookies } = answered;
  const chunks: Buffer[] = [];
  for await (const { bytes } of answered.chunks) chunks.push(bytes);
  const body = Buffer.concat(chunks);
  return { statusCode, headers, cookies, body, end: await answered.end, json: () => JSON.parse(body.toString('utf8')) };
}
