import { v7 as uuid } from 'uuid';
import { AppError, toAppError } from '#lib/errors.ts';
import type { Adjusted } from '#lib/playback/adjustment.ts';
import { type ControlAnswer, type ControlRequest, readMessage, writeAnswer, writeAsk } from './control-message.ts';

/** What carries words between instances; `undefined` is said when some may have been missed. */
export type Messenger = {
  /** Returns the stop. */
  listen(channel: string, handler: (payload: string | undefined) => void): () => void;
  /** The payload is shorter than 8000 bytes. Throws UNAVAILABLE. */
  notify(channel: string, payload: string): Promise<void>;
};

/** What an instance did: an adjustment as it is in force, or nothing to tell; `ended`: there was nothing to do any more. */
export type Done = Adjusted | 'done' | 'ended';

/** Has things done by the instance that streams. */
export type Control = {
  /** Throws what the other one throws; TIMEOUT when it does not answer, UNAVAILABLE when it cannot be asked. */
  ask(instanceId: string, request: ControlRequest): Promise<Done>;
  close(): void;
};

export type ControlOptions = {
  readonly instanceId: string;
  readonly messenger: Messenger;
  /** Does what another instance asks for. */
  readonly act: (request: ControlRequest) => Promise<Done>;
  readonly timeoutMs?: number;
};

/** A little longer than ffmpeg may take for a change. */
const TIMEOUT_MS = 6_000;

export function createControl({ instanceId, messenger, act, timeoutMs = TIMEOUT_MS }: ControlOptions): Control {
  const waiting = new Map<string, (answer: ControlAnswer) => void>();
  const stop = messenger.listen(channelOf(instanceId), (payload) => {
    const message = payload === undefined ? undefined : readMessage(payload);
    if (message?.kind === 'answer') waiting.get(message.id)?.(message.answer);
    // An asker that cannot be told is told nothing: it waits no longer than its time.
    if (message?.kind === 'ask') void answer(message).catch(() => undefined);
  });

  async function answer({ id, from, request }: { id: string; from: string; request: ControlRequest }): Promise<void> {
    const outcome = await act(request).then(
      (done): ControlAnswer => ({ ok: true, done }),
      (error: unknown): ControlAnswer => ({ ok: false, error: toAppError(error) }),
    );
    await messenger.notify(channelOf(from), writeAnswer(id, outcome));
  }

  return {
    async ask(target, request) {
      const id = uuid();
      const { promise, resolve, reject } = Promise.withResolvers<ControlAnswer>();
      const timer = setTimeout(() => reject(noAnswer(timeoutMs)), timeoutMs);
      waiting.set(id, resolve);
      try {
        await messenger.notify(channelOf(target), writeAsk({ id, from: instanceId, request }));
        const answered = await promise;
        if (answered.ok) return answered.done;
        throw answered.error;
      } finally {
        clearTimeout(timer);
        waiting.delete(id);
      }
    },
    close: stop,
  };
}

function channelOf(instanceId: string): string {
  return `instance_${instanceId}`;
}

function noAnswer(ms: number): AppError {
  const details = { part: 'instance', limit_seconds: ms / 1_000 };
  return new AppError('TIMEOUT', details, { message: 'the process that streams it did not answer in time' });
}
