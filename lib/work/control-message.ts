import { z } from 'zod';
import { AppError, ERROR_CATALOGUE, type ErrorCode } from '#lib/errors.ts';
import type { Adjusted } from '#lib/playback/adjustment.ts';
import { FILTER_PATCH, TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import type { FilterPatch } from '#lib/playback/settings.ts';

const ACTION = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('cancel') }),
  z.strictObject({ kind: z.literal('adjust'), patch: FILTER_PATCH }),
]);
const REQUEST = z.strictObject({ transcode: z.uuid(), action: ACTION });
const DONE = z.union([
  z.literal(['done', 'ended']),
  z.strictObject({ filters: TRANSCODE_REQUEST.shape.filters, appliedAtSample: z.number() }),
]);
const FAILURE = z.strictObject({
  code: z.enum(Object.keys(ERROR_CATALOGUE) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
  recoverable: z.boolean(),
});
const MESSAGE = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ask'), id: z.uuid(), from: z.uuid(), request: REQUEST }),
  z.strictObject({ kind: z.literal('done'), id: z.uuid(), done: DONE }),
  z.strictObject({ kind: z.literal('failed'), id: z.uuid(), failure: FAILURE }),
]);

export type ControlAction = { readonly kind: 'cancel' } | { readonly kind: 'adjust'; readonly patch: FilterPatch };
export type ControlRequest = { readonly transcode: string; readonly action: ControlAction };
export type ControlAnswer =
  | { readonly ok: true; readonly done: Adjusted | 'done' | 'ended' }
  | { readonly ok: false; readonly error: AppError };

export type ControlMessage =
  | { readonly kind: 'ask'; readonly id: string; readonly from: string; readonly request: ControlRequest }
  | { readonly kind: 'answer'; readonly id: string; readonly answer: ControlAnswer };

/** What PostgreSQL's NOTIFY carries, bytes. */
const LONGEST_PAYLOAD = 7_999;

export function writeAsk(ask: Omit<Extract<ControlMessage, { kind: 'ask' }>, 'kind'>): string {
  return JSON.stringify({ kind: 'ask', ...ask });
}

/** Details that are too long to be told are left out. */
export function writeAnswer(id: string, answer: ControlAnswer): string {
  if (answer.ok) return JSON.stringify({ kind: 'done', id, done: answer.done });
  const { code, message, details, recoverable } = answer.error;
  const write = (failure: object): string => JSON.stringify({ kind: 'failed', id, failure });
  const whole = write({ code, message, details, recoverable });
  if (Buffer.byteLength(whole) <= LONGEST_PAYLOAD) return whole;
  return write({ code, message: message.slice(0, 1_000), details: {}, recoverable });
}

/** Undefined for what no instance of this version says. */
export function readMessage(payload: string): ControlMessage | undefined {
  const message = MESSAGE.safeParse(parse(payload)).data;
  if (message === undefined || message.kind === 'ask') return message;
  const { id } = message;
  if (message.kind === 'done') return { kind: 'answer', id, answer: { ok: true, done: message.done } };
  const { code, details, ...options } = message.failure;
  return { kind: 'answer', id, answer: { ok: false, error: new AppError(code, details, options) } };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
