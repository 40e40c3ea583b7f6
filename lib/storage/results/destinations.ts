import { AppError } from '#lib/errors.ts';
import { describeSource, parseSourceUrl, type SourceUrl } from '#lib/source-url.ts';
import type { Results } from './results.ts';

/** A file for a place that a user has named. */
export type DestinedFile = {
  readonly path: string;
  readonly bytes: number;
  readonly contentType: string;
  readonly filename: string;
  readonly sent: (bytes: number) => void;
  /** The owner of the job. */
  readonly subject: string;
  readonly signal: AbortSignal;
};

export type DestinationsOptions = {
  readonly results: Pick<Results, 'upload'>;
  /** DESTINATION_BUCKETS. */
  readonly buckets: readonly string[];
  /** Sends a file to a URL by PUT. */
  readonly put: (
    file: Omit<DestinedFile, 'filename'> & { readonly url: URL; readonly authorization: string | undefined },
  ) => Promise<void>;
};

/** Places for results that users name: a signed URL for PUT, or a bucket of DESTINATION_BUCKETS. */
export type Destinations = {
  /**
   * Sends a file. Below `s3://bucket/folder/` it gets its own name. Returns the address without secrets. Throws as
   * `placeOf` and `put` do, and UNAVAILABLE.
   */
  send(destination: string, file: DestinedFile): Promise<string>;
};

/** Parses a destination. Throws INVALID_URL, and SOURCE_FORBIDDEN for a bucket that is not listed. */
export function placeOf(destination: string, buckets: readonly string[]): SourceUrl {
  const place = parseSourceUrl(destination);
  if (place.kind === 'http' || buckets.includes(place.bucket)) return place;
  const message = 'the bucket of the destination is not in DESTINATION_BUCKETS';
  throw new AppError('SOURCE_FORBIDDEN', {}, { message });
}

export function createDestinations({ results, buckets, put }: DestinationsOptions): Destinations {
  return {
    async send(destination, { filename, ...file }) {
      const place = placeOf(destination, buckets);
      if (place.kind === 'http') {
        await put({ ...file, url: place.url, authorization: place.authorization });
        return describeSource(place);
      }
      const { bucket } = place;
      const key = place.key.endsWith('/') ? `${place.key}${filename}` : place.key;
      // Its owner deletes it: no row needs to know it.
      await results.upload({ ...file, filename, bucket, key, begin: async () => undefined });
      return describeSource({ kind: 's3', bucket, key });
    },
  };
}
