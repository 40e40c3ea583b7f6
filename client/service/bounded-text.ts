/** Most bytes of a response that is not a stream, and characters of an event. */
export const LONGEST_TEXT = 1 << 20;

/** Returns the body of a response as text. Throws an Error when it has more bytes than `most`, and ends the connection. */
export async function boundedText({ body }: Response, most = LONGEST_TEXT): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > most) throw new Error(`a response of more than ${most} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
