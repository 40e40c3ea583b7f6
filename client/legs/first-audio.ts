/** Waits for the first audio. Returns the same chunks; undefined when they end without audio. */
export async function withFirstAudio(
  chunks: AsyncIterator<Uint8Array>,
): Promise<AsyncIterator<Uint8Array> | undefined> {
  for (;;) {
    const { done, value } = await chunks.next();
    if (done) return undefined;
    if (value.length > 0) return begunWith(value, chunks);
  }
}

async function* begunWith(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  for (;;) {
    const { done, value } = await rest.next();
    if (done) return;
    yield value;
  }
}
