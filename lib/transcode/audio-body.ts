import { Readable } from 'node:stream';
import { AppError } from '#lib/errors.ts';

export type AudioBodyOptions = {
  /** What ffmpeg gives. */
  readonly output: Readable;
  /** Asked once `output` has ended: the reason why it is not complete, or undefined. Must not reject. */
  readonly outcome: () => Promise<Error | undefined>;
  /** Milliseconds a reader may leave available audio untaken. */
  readonly readerTimeoutMs: number;
  /** Milliseconds over which audio is gathered before it is handed on, once the reader has its first. */
  readonly gatherMs: number;
  /** Aborted when no more audio is made: the rest then has to be taken soon. */
  readonly stopped: AbortSignal;
  /** Called with the bytes of each piece that is handed on. */
  readonly onBytes: (count: number) => void;
  /** Called once, when the body has ended, broken or been destroyed. */
  readonly onClose: () => void;
};

/** What a reader has at once, and the size of a piece after which the next is sent at once. */
const PROMPT_BYTES = 32_768;
const LARGE_BYTES = 8_192;
/** How long a reader has for the last of a stream that was stopped, ms. */
const LAST_WORDS_MS = 500;

/**
 * What ffmpeg gives, as one readable: all that was produced is delivered first, and only then is a failure raised, so
 * that what the reader has is always a true beginning of the whole, and never looks like the whole. Fails with TIMEOUT
 * when the reader takes nothing.
 */
export function audioBody(options: AudioBodyOptions): Readable {
  const { output, outcome, readerTimeoutMs, gatherMs, stopped, onBytes, onClose } = options;
  let wanted = false;
  let failure: Error | undefined;
  let readerTimer: NodeJS.Timeout | undefined;
  let gathering: NodeJS.Timeout | undefined;
  let handedOn = { bytes: 0, piece: 0, at: 0 };
  const body = new Readable({
    // Nothing is held here: `read` is called only when the reader has taken all.
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

  /** Every piece costs its reader, and us, as much as one many times its size. */
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
  // Without a byte the output may have ended before these listeners.
  if (output.readableEnded || output.destroyed) void settle();
  return body;
}

function notRead(ms: number): AppError {
  const details = { part: 'reader', limit_seconds: ms / 1_000 };
  return new AppError('TIMEOUT', details, { message: 'nobody took the audio in time' });
}
