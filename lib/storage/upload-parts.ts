import { MEBIBYTE } from '#lib/bytes.ts';

/** What is put in one piece. */
export const PLAIN_UPLOAD_BYTES = 64 * MEBIBYTE;

/** S3 takes 10,000, whose signed URLs would be an answer of ten megabytes. 1,024 parts hold its largest object. */
const MOST_PARTS = 1_024;

export type PlannedPart = { readonly partNumber: number; readonly bytes: number };

/** The parts of an upload: all of one size, in whole mebibytes, but for the last. */
export function partsOf(bytes: number): { readonly partBytes: number; readonly parts: readonly PlannedPart[] } {
  const partBytes = Math.max(PLAIN_UPLOAD_BYTES, Math.ceil(bytes / MOST_PARTS / MEBIBYTE) * MEBIBYTE);
  const parts = Array.from({ length: Math.ceil(bytes / partBytes) }, (_, index) => ({
    partNumber: index + 1,
    bytes: Math.min(partBytes, bytes - index * partBytes),
  }));
  return { partBytes, parts };
}
