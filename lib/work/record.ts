import { z } from 'zod';
import { AppError, ERROR_CATALOGUE, type ErrorCode } from '#lib/errors.ts';
import { redactText, redactValue } from '#lib/redaction.ts';

/** An error as records, control messages and error answers hold it. */
export const FAILURE = z.strictObject({
  code: z.enum(Object.keys(ERROR_CATALOGUE) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
  recoverable: z.boolean().meta({ description: 'Whether the same request may succeed later.' }),
});
export type Failure = z.output<typeof FAILURE>;

/** What the record of every kind of work holds. Its state is its own kind's. */
export const WORK_RECORD = z.strictObject({
  id: z.uuid(),
  error: FAILURE.nullable(),
  created_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
});
export type WorkRecord = z.output<typeof WORK_RECORD>;

/** Work that this process knows: it runs here, or has ended here and is not written yet. */
export type Tracked<Item extends WorkRecord> = {
  readonly id: string;
  /** The `sub` of its caller. */
  readonly owner: string;
  /** Its record as it is now. */
  record(): Item;
};

export function toFailure({ code, message, details, recoverable }: AppError): Failure {
  return { code, message, details: { ...details }, recoverable };
}

/** The failure that a record holds: redacted, since a record is kept and shown. */
export function failureRecord(error: AppError): Failure {
  const { message, details, ...failure } = toFailure(error);
  return { ...failure, message: redactText(message), details: redactValue(details) as Failure['details'] };
}

export function toError({ code, details, ...options }: Failure): AppError {
  return new AppError(code, details, options);
}
