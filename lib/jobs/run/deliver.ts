import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttemptObject, StoredOutput } from '#lib/jobs/attempt.ts';
import type { MediaFacts } from '#lib/jobs/media/facts.ts';
import type { PlannedFile } from '#lib/jobs/plan/job-plan.ts';
import type { FileFormat } from '#lib/jobs/spec/vocabulary.ts';
import { treatmentOf } from '#lib/jobs/treatment.ts';
import { type FinishedPackage, sizedPackage, uploadPackage } from './deliver-package.ts';
import { located, overLimit } from './failures.ts';
import type { RunLimits } from './run-limits.ts';
import type { Destinations, ResultStorage, RunnableJob } from './run-tools.ts';
import type { Scratch } from './scratch.ts';

/** A finished file of the scratch folder. */
export type FinishedFile = {
  readonly planned: PlannedFile;
  /** Its name in `outputs`. */
  readonly file: string;
  readonly facts: MediaFacts;
};

export type DeliverOptions = {
  readonly job: Pick<RunnableJob, 'id' | 'owner' | 'attempt' | 'spec'>;
  readonly results: ResultStorage;
  readonly destinations: Destinations;
  readonly scratch: Pick<Scratch, 'path'>;
  readonly limits: Pick<RunLimits, 'outputBytes'>;
  /** Awaited before an object or its multipart upload is begun. */
  readonly begin: (object: AttemptObject) => Promise<void>;
  readonly expect: (bytes: number) => void;
  readonly sent: (bytes: number) => void;
  readonly signal: AbortSignal;
};

const CONTENT_TYPES: Readonly<Record<FileFormat, string>> = {
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  mkv: 'video/x-matroska',
  webm: 'video/webm',
  mp3: 'audio/mpeg',
  aac: 'audio/aac',
  wav: 'audio/wav',
  jpg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
};

/**
 * Uploads the files to the keys of this attempt, or to the places that the request names, one after the other:
 * large ones are sent in parallel parts. Throws LIMIT_EXCEEDED `{limit: 'output_bytes'}`, UNAVAILABLE
 * `{part: 'storage'}`, what `begin` throws, and the signal's reason.
 */
export async function deliver(
  outputs: readonly (FinishedFile | FinishedPackage)[],
  options: DeliverOptions,
): Promise<StoredOutput[]> {
  const { scratch, limits, expect } = options;
  const sized = await Promise.all(
    outputs.map(async (finished) => {
      if ('files' in finished) return await sizedPackage(finished, scratch.path);
      const path = join(scratch.path, 'outputs', finished.file);
      return { ...finished, path, bytes: (await stat(path)).size };
    }),
  );
  const total = sized.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > limits.outputBytes) throw overLimit('output_bytes', total, limits.outputBytes);
  expect(total);
  const stored: StoredOutput[] = [];
  for (const file of sized) {
    stored.push('files' in file ? await uploadPackage(file, options) : await upload(file, options));
  }
  return stored;
}

async function upload(
  { planned, facts, path, bytes }: FinishedFile & { readonly path: string; readonly bytes: number },
  { job, results, destinations, begin, sent, signal }: DeliverOptions,
): Promise<StoredOutput> {
  const { name, format } = planned;
  const filename = `${name}.${format}`;
  const file = { path, bytes, filename, sent, signal, contentType: CONTENT_TYPES[format] };
  const stored = { name, format, bytes, ...described(planned, facts) };
  const index = job.spec.outputs.findIndex((output) => output.name === name);
  const destination = job.spec.outputs[index]?.destination;
  if (destination !== undefined) {
    const address = await destinations.send(destination, { ...file, subject: job.owner }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw located(error, { field: `outputs[${index}].destination` });
    });
    return { ...stored, key: null, destination: address };
  }
  const key = results.keyOf({ owner: job.owner, jobId: job.id, attempt: job.attempt, file: filename });
  await results.upload({ ...file, key, begin: ({ uploadId }) => begin({ key, uploadId }) });
  return { ...stored, key, destination: null };
}

/** What a response says of a file. */
function described(planned: PlannedFile, facts: MediaFacts) {
  const picture = facts.streams.find((stream) => stream.kind === 'picture');
  const sound = facts.streams.find((stream) => stream.kind === 'sound');
  const ends = [picture, sound].map((stream) => stream?.endSeconds ?? 0);
  return {
    duration_seconds: planned.kind === 'picture' ? null : Math.round(Math.max(...ends) * 1_000) / 1_000,
    width: picture?.width ?? null,
    height: picture?.height ?? null,
    ...treatmentOf(planned),
  };
}
