import { z } from 'zod';
import { AppError, ERROR_CATALOGUE, type ErrorCode } from '#lib/errors.ts';
import { redactText, redactValue } from '#lib/redaction.ts';

/** An error in records, control messages and error responses. */
export const FAILURE = z.strictObject({
  code: z
    .enum(Object.keys(ERROR_CATALOGUE) as [ErrorCode, ...ErrorCode[]])
    .meta({ description: 'Stable code of the error.' }),
  message: z.string().meta({ description: 'Description of the error for people.' }),
  details: z.record(z.string(), z.unknown()).meta({ description: 'Values that describe the error, by code.' }),
  recoverable: z.boolean().meta({ description: 'Whether the same request may succeed later.' }),
});
export type Failure = z.output<typeof FAILURE>;

/** The fields that records of all kinds of work share. Each kind adds its own state. */
export const WORK_RECORD = z.strictObject({
  id: z.uuid().meta({ description: 'Id, a UUID v7.' }),
  error: FAILURE.nullable().meta({ description: 'Why it failed; null otherwise.' }),
  created_at: z.iso.datetime().meta({ description: 'Time of the request.' }),
  ended_at: z.iso.datetime().nullable().meta({ description: 'Time of the end; null while it runs.' }),
});
export type WorkRecord = z.output<typeof WORK_RECORD>;

/** Work of this process: it runs here, or has ended here and is not written yet. */
export type Tracked<Item extends WorkRecord> = {
  readonly id: string;
  /** The `sub` of its caller. */
  readonly owner: string;
  /** Returns the current record. */
  record(): Item;
};

export function toFailure({ code, message, details, recoverable }: AppError): Failure {
  return { code, message, details: { ...details }, recoverable };
}

/** Returns the failure for a record, redacted, because records are stored and shown. */
export function failureRecord(error: AppError): Failure {
  const { message, details, ...failure } = toFailure(error);
  return { ...failure, message: redactText(message), details: redactValue(details) as Failure['details'] };
}

export function toError({ code, details, ...options }: Failure): AppError {
  return new AppError(code, details, options);
}
