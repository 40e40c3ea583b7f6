import { MEBIBYTE } from '#lib/bytes.ts';

/** Largest upload with a single PUT. */
export const PLAIN_UPLOAD_BYTES = 64 * MEBIBYTE;

/** S3 allows 10,000, but their signed URLs would make a response of ten megabytes. 1,024 hold its largest object. */
const MOST_PARTS = 1_024;

export type PlannedPart = { readonly partNumber: number; readonly bytes: number };

/** Splits an upload into parts of equal size, in whole mebibytes; only the last one may be smaller. */
export function partsOf(bytes: number): { readonly partBytes: number; readonly parts: readonly PlannedPart[] } {
  const partBytes = Math.max(PLAIN_UPLOAD_BYTES, Math.ceil(bytes / MOST_PARTS / MEBIBYTE) * MEBIBYTE);
  const parts = Array.from({ length: Math.ceil(bytes / partBytes) }, (_, index) => ({
    partNumber: index + 1,
    bytes: Math.min(partBytes, bytes - index * partBytes),
  }));
  return { partBytes, parts };
}
