import { Readable } from 'node:stream';

export type AudioBodyOptions = {
  /** What ffmpeg gives. */
  readonly output: Readable;
  /** Asked once `output` has ended: the reason why it is not complete, or undefined. Must not reject. */
  readonly verdict: () => Promise<Error | undefined>;
  /** Called once, when the body has ended, broken or been destroyed. */
  readonly onClose: () => void;
};

/**
 * What ffmpeg gives, as one readable: all that was produced is delivered first, and only then is a failure raised, so
 * that what the reader has is always a true beginning of the whole, and never looks like the whole.
 */
export function audioBody({ output, verdict, onClose }: AudioBodyOptions): Readable {
  let wanted = false;
  let failure: Error | undefined;
  const body = new Readable({
    // Nothing is held here: `read` is called only when the reader has taken all.
    highWaterMark: 0,
    read() {
      wanted = true;
      if (failure !== undefined) body.destroy(failure);
      else forward();
    },
    destroy(error, callback) {
      output.destroy();
      onClose();
      callback(error);
    },
  });

  function forward(): void {
    while (wanted) {
      const chunk: Buffer | null = output.read();
      if (chunk === null) return;
      wanted = body.push(chunk);
    }
  }

  async function settle(): Promise<void> {
    const reason = await verdict();
    if (body.destroyed) return;
    if (reason === undefined) body.push(null);
    else if (body.readableLength === 0) body.destroy(reason);
    else failure = reason;
  }

  output.on('readable', forward);
  output.once('end', () => void settle());
  output.once('error', () => void settle());
  // Without a byte the output may have ended before anybody listened.
  if (output.readableEnded || output.destroyed) void settle();
  return body;
}
