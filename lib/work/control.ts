import { v7 as uuid } from 'uuid';
import { AppError, toAppError } from '#lib/errors.ts';
import { type ControlReply, type ControlSchemas, controlCodec } from './control-message.ts';

/** What carries messages between instances; `undefined` is delivered when some may have been missed. */
export type Messenger = {
  /** Returns the stop. */
  listen(channel: string, handler: (payload: string | undefined) => void): () => void;
  /** The payload is shorter than 8000 bytes. Throws UNAVAILABLE. */
  notify(channel: string, payload: string): Promise<void>;
};

/** Has actions performed by the instance that does the work. */
export type Control<Action, Done> = {
  /** Throws what the other instance throws; TIMEOUT when it does not answer, UNAVAILABLE when it cannot be reached. */
  request(instanceId: string, workId: string, action: Action): Promise<Done>;
  close(): void;
};

export type ControlOptions<Action, Done> = ControlSchemas<Action, Done> & {
  readonly instanceId: string;
  readonly messenger: Messenger;
  /** Performs what another instance requests, which has checked that its caller may. */
  readonly perform: (workId: string, action: Action) => Promise<Done>;
  readonly timeoutMs?: number;
};

/** A little longer than ffmpeg may take for a change. */
const TIMEOUT_MS = 6_000;

export function createControl<Action, Done>(options: ControlOptions<Action, Done>): Control<Action, Done> {
  const { instanceId, messenger, perform, timeoutMs = TIMEOUT_MS } = options;
  const codec = controlCodec(options);
  const waiting = new Map<string, (reply: ControlReply<Done>) => void>();
  const stop = messenger.listen(channelOf(instanceId), (payload) => {
    const message = payload === undefined ? undefined : codec.read(payload);
    if (message?.kind === 'reply') waiting.get(message.id)?.(message.reply);
    // A requester that cannot be reached waits no longer than its timeout.
    if (message?.kind === 'request') void answer(message).catch(() => undefined);
  });

  async function answer(request: { id: string; from: string; workId: string; action: Action }): Promise<void> {
    const reply = await perform(request.workId, request.action).then(
      (done): ControlReply<Done> => ({ ok: true, done }),
      (error: unknown): ControlReply<Done> => ({ ok: false, error: toAppError(error) }),
    );
    await messenger.notify(channelOf(request.from), codec.writeReply(request.id, reply));
  }

  return {
    async request(target, workId, action) {
      const id = uuid();
      const { promise, resolve, reject } = Promise.withResolvers<ControlReply<Done>>();
      const timer = setTimeout(() => reject(noReply(timeoutMs)), timeoutMs);
      waiting.set(id, resolve);
      try {
        await messenger.notify(channelOf(target), codec.writeRequest({ id, from: instanceId, workId, action }));
        const reply = await promise;
        if (reply.ok) return reply.done;
        throw reply.error;
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

function noReply(ms: number): AppError {
  const details = { part: 'instance', limit_seconds: ms / 1_000 };
  return new AppError('TIMEOUT', details, { message: 'the process that streams it did not answer in time' });
}
