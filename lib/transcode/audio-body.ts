import { Readable } from 'node:stream';
import { AppError } from '#lib/errors.ts';

export type AudioBodyOptions = {
  /** The output of ffmpeg. */
  readonly output: Readable;
  /** Called once `output` has ended. Returns why it is incomplete, or undefined if it is not. Must not reject. */
  readonly outcome: () => Promise<Error | undefined>;
  /** Milliseconds after which a reader that does not read available audio is cut off. */
  readonly readerTimeoutMs: number;
  /** Milliseconds over which audio is collected before it is sent, once the reader has its first bytes. */
  readonly gatherMs: number;
  /** Aborted when no more audio is produced. The reader must then read the rest soon. */
  readonly stopped: AbortSignal;
  /** Called with the number of bytes of each chunk that is sent. */
  readonly onBytes: (count: number) => void;
  /** Called once, when the body has ended, failed or been destroyed. */
  readonly onClose: () => void;
};

/** Bytes at the start that are sent at once, and the size of a chunk after which the next one is sent at once. */
const PROMPT_BYTES = 32_768;
const LARGE_BYTES = 8_192;
/** Time a reader has to read the rest of a stopped stream, ms. */
const LAST_WORDS_MS = 500;

/**
 * Wraps the output of ffmpeg in a readable. A failure is raised only after all audio produced until then was delivered,
 * so the reader always has a correct beginning of the audio, and a partial file never passes for a complete one.
 * Fails with TIMEOUT when the reader reads nothing.
 */
export function audioBody(options: AudioBodyOptions): Readable {
  const { output, outcome, readerTimeoutMs, gatherMs, stopped, onBytes, onClose } = options;
  let wanted = false;
  let failure: Error | undefined;
  let readerTimer: NodeJS.Timeout | undefined;
  let gathering: NodeJS.Timeout | undefined;
  let handedOn = { bytes: 0, piece: 0, at: 0 };
  const body = new Readable({
    // Nothing is buffered here: `read` is called only when the reader has read everything.
    highWaterMark: 0,
    read() {
      wanted = true;
      clearTimeout(readerTimer);
      if (failure !== undefined) body.destroy(failure);
      else forward();
    },
    destroy(error, callback) {
      clearTimeout(readerTimer);
      clearTimeout(gathering);
      stopped.removeEventListener('abort', awaitReader);
      output.destroy();
      onClose();
      callback(error);
    },
  });

  /** Small chunks are collected: a small chunk costs the reader and this process as much as a large one. */
  function forward(): void {
    if (gathering !== undefined) return;
    const { bytes, piece, at } = handedOn;
    const early = at + gatherMs - performance.now();
    if (bytes < PROMPT_BYTES || piece >= LARGE_BYTES || early <= 0) {
      forwardNow();
      return;
    }
    gathering = setTimeout(() => {
      gathering = undefined;
      forwardNow();
    }, early);
  }

  function forwardNow(): void {
    while (wanted) {
      const chunk: Buffer | null = output.read();
      if (chunk === null) return;
      handedOn = { bytes: handedOn.bytes + chunk.length, piece: chunk.length, at: performance.now() };
      onBytes(chunk.length);
      wanted = body.push(chunk);
    }
    awaitReader();
  }

  function awaitReader(): void {
    clearTimeout(readerTimer);
    if (wanted) return;
    const ms = stopped.aborted ? LAST_WORDS_MS : readerTimeoutMs;
    readerTimer = setTimeout(() => body.destroy(failure ?? notRead(ms)), ms);
  }

  async function settle(): Promise<void> {
    const reason = await outcome();
    if (body.destroyed) return;
    if (reason === undefined) body.push(null);
    else if (body.readableLength === 0) body.destroy(reason);
    else failure = reason;
  }

  stopped.addEventListener('abort', awaitReader);
  output.on('readable', forward);
  output.once('end', () => void settle());
  output.once('error', () => void settle());
  // An empty output may have ended before these listeners were added.
  if (output.readableEnded || output.destroyed) void settle();
  return body;
}

function notRead(ms: number): AppError {
  const details = { part: 'reader', limit_seconds: ms / 1_000 };
  return new AppError('TIMEOUT', details, { message: `the client read no audio for ${ms / 1_000} seconds` });
}
