import { v7 as uuid } from 'uuid';
import { AppError, toAppError } from '#lib/errors.ts';
import { withTimeout } from '#lib/with-timeout.ts';
import { type ControlReply, type ControlSchemas, controlCodec } from './control-message.ts';

/** Carries messages between instances. Delivers `undefined` when messages may have been missed. */
export type Messenger = {
  /** Returns the function that stops listening. */
  listen(channel: string, handler: (payload: string | undefined) => void): () => void;
  /** The payload must be shorter than 8000 bytes. Throws UNAVAILABLE. */
  notify(channel: string, payload: string): Promise<void>;
};

/** Sends actions to the instance that runs the work. */
export type Control<Action, Done> = {
  /** Throws the other instance's error, TIMEOUT when it does not reply, and UNAVAILABLE when it cannot be reached. */
  request(instanceId: string, workId: string, action: Action): Promise<Done>;
  close(): void;
};

export type ControlOptions<Action, Done> = ControlSchemas<Action, Done> & {
  readonly instanceId: string;
  readonly messenger: Messenger;
  /** Performs another instance's request. That instance has already checked the caller's permission. */
  readonly perform: (workId: string, action: Action) => Promise<Done>;
  readonly timeoutMs?: number;
};

/** A little longer than the timeout of a change in ffmpeg. */
const TIMEOUT_MS = 6_000;

export function createControl<Action, Done>(options: ControlOptions<Action, Done>): Control<Action, Done> {
  const { instanceId, messenger, perform, timeoutMs = TIMEOUT_MS } = options;
  const codec = controlCodec(options);
  const waiting = new Map<string, (reply: ControlReply<Done>) => void>();
  const stop = messenger.listen(channelOf(instanceId), (payload) => {
    const message = payload === undefined ? undefined : codec.read(payload);
    if (message?.kind === 'reply') waiting.get(message.id)?.(message.reply);
    // If the reply cannot be sent, the requester times out.
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
      const payload = codec.writeRequest({ id, from: instanceId, workId, action });
      const { promise, resolve } = Promise.withResolvers<ControlReply<Done>>();
      waiting.set(id, resolve);
      const answered = messenger.notify(channelOf(target), payload).then(() => promise);
      const reply = await withTimeout(timeoutMs, answered, () => noReply(timeoutMs)).finally(() => waiting.delete(id));
      if (reply.ok) return reply.done;
      throw reply.error;
    },
    close: stop,
  };
}

function channelOf(instanceId: string): string {
  return `instance_${instanceId}`;
}

function noReply(ms: number): never {
  const details = { part: 'instance', limit_seconds: ms / 1_000 };
  const message = `the process that streams it did not reply within ${details.limit_seconds} seconds`;
  throw new AppError('TIMEOUT', details, { message });
}
