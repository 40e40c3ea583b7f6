import { z } from 'zod';
import type { AppError } from '#lib/errors.ts';
import { FAILURE, toError, toFailure } from './record.ts';

/** The schemas of control messages for one kind of work. */
export type ControlSchemas<Action, Done> = {
  /** The field with the id of the work, such as `transcode`. Each kind of work has its own. */
  readonly subject: string;
  readonly action: z.ZodType<Action>;
  readonly done: z.ZodType<Done>;
};

export type ControlReply<Done> =
  | { readonly ok: true; readonly done: Done }
  | { readonly ok: false; readonly error: AppError };

type Request<Action> = { readonly id: string; readonly from: string; readonly workId: string; readonly action: Action };

export type ControlMessage<Action, Done> =
  | ({ readonly kind: 'request' } & Request<Action>)
  | { readonly kind: 'reply'; readonly id: string; readonly reply: ControlReply<Done> };

export type ControlCodec<Action, Done> = {
  writeRequest(request: Request<Action>): string;
  writeReply(id: string, reply: ControlReply<Done>): string;
  /** Returns undefined for a message about another kind of work, or of another release. */
  read(payload: string): ControlMessage<Action, Done> | undefined;
};

/** The longest payload of PostgreSQL's NOTIFY, bytes. */
const LONGEST_PAYLOAD = 7_999;

/** Writes and reads messages: the request `ask` and its replies `done` and `failed`. */
export function controlCodec<Action, Done>({
  subject,
  action,
  done,
}: ControlSchemas<Action, Done>): ControlCodec<Action, Done> {
  const request = z.strictObject({ [subject]: z.uuid(), action });
  const message = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('ask'), id: z.uuid(), from: z.uuid(), request }),
    z.strictObject({ kind: z.literal('done'), id: z.uuid(), done }),
    z.strictObject({ kind: z.literal('failed'), id: z.uuid(), failure: FAILURE }),
  ]);

  return {
    writeRequest: ({ id, from, workId, action: requested }) =>
      JSON.stringify({ kind: 'ask', id, from, request: { [subject]: workId, action: requested } }),

    /** Leaves out the details if they make the message too long. */
    writeReply(id, reply) {
      if (reply.ok) return JSON.stringify({ kind: 'done', id, done: reply.done });
      const failure = toFailure(reply.error);
      const write = (written: object): string => JSON.stringify({ kind: 'failed', id, failure: written });
      const whole = write(failure);
      if (Buffer.byteLength(whole) <= LONGEST_PAYLOAD) return whole;
      return write({ ...failure, message: failure.message.slice(0, 1_000), details: {} });
    },

    read(payload) {
      const read = message.safeParse(parse(payload)).data;
      if (read === undefined) return undefined;
      const { id } = read;
      if (read.kind === 'ask') {
        const { [subject]: workId, action: requested } = read.request as { [key: string]: unknown };
        return { kind: 'request', id, from: read.from, workId: workId as string, action: requested as Action };
      }
      if (read.kind === 'done') return { kind: 'reply', id, reply: { ok: true, done: read.done } };
      return { kind: 'reply', id, reply: { ok: false, error: toError(read.failure) } };
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
