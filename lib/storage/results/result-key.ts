import { ownerSegment } from '#lib/storage/ownership.ts';

export type ResultFile = {
  /** The owner of the job. */
  readonly owner: string;
  readonly jobId: string;
  readonly attempt: number;
  /** The name of the file, such as `film.mp4`. */
  readonly file: string;
};

/**
 * Returns the key of a file that an attempt makes. Each attempt has keys of its own, so a late one cannot overwrite the
 * result of another.
 */
export function resultKey({ owner, jobId, attempt, file }: ResultFile): string {
  return `jobs/${ownerSegment(owner)}/${jobId}/${attempt}/${file}`;
}
