import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttemptObject, StoredOutput } from '#lib/jobs/attempt.ts';
import type { PlannedPackage } from '#lib/jobs/plan/job-plan.ts';
import { perSecond, SAMPLE_RATE } from '#lib/jobs/plan/rates.ts';
import type { PackageFormat } from '#lib/jobs/spec/vocabulary.ts';
import type { ResultStorage, RunnableJob } from './run-tools.ts';

/** A file of a package. */
type PackageFile = {
  /** Its name in the package. */
  readonly name: string;
  /** Its name in `outputs`. */
  readonly file: string;
  readonly kind: keyof typeof CONTENT_TYPES;
};

/** A finished package. Its first file is the one that a player opens. */
export type FinishedPackage = { readonly planned: PlannedPackage; readonly files: readonly PackageFile[] };

/** A package whose files are measured. */
export type SizedPackage = Omit<FinishedPackage, 'files'> & {
  readonly bytes: number;
  readonly files: readonly (PackageFile & { readonly path: string; readonly bytes: number })[];
};

const CONTENT_TYPES: Readonly<Record<PackageFormat | 'film' | 'sound', string>> = {
  hls: 'application/vnd.apple.mpegurl',
  dash: 'application/dash+xml',
  film: 'video/mp4',
  sound: 'audio/mp4',
};

/** Returns a package with the sizes of its files. `folder`: the scratch folder. */
export async function sizedPackage({ planned, files }: FinishedPackage, folder: string): Promise<SizedPackage> {
  const sized = await Promise.all(
    files.map(async (file) => {
      const path = join(folder, 'outputs', file.file);
      return { ...file, path, bytes: (await stat(path)).size };
    }),
  );
  return { planned, files: sized, bytes: sized.reduce((sum, { bytes }) => sum + bytes, 0) };
}

export type PackageUpload = {
  readonly job: Pick<RunnableJob, 'id' | 'owner' | 'attempt'>;
  readonly results: Pick<ResultStorage, 'keyOf' | 'upload'>;
  /** Awaited before an object or its multipart upload is begun. */
  readonly begin: (object: AttemptObject) => Promise<void>;
  readonly sent: (bytes: number) => void;
  readonly signal: AbortSignal;
};

/** Uploads all files of a package below one key of the attempt. Throws as `deliver` does. */
export async function uploadPackage(
  { planned, files, bytes }: SizedPackage,
  { job, results, begin, sent, signal }: PackageUpload,
): Promise<StoredOutput> {
  const keys: string[] = [];
  for (const file of files) {
    const place = { owner: job.owner, jobId: job.id, attempt: job.attempt, file: `${planned.name}/${file.name}` };
    const key = results.keyOf(place);
    await results.upload({
      ...{
        key,
        path: file.path,
        bytes: file.bytes,
        filename: file.name,
        contentType: CONTENT_TYPES[file.kind],
        sent,
        signal,
      },
      begin: ({ uploadId }) => begin({ key, uploadId }),
    });
    keys.push(key);
  }
  return {
    name: planned.name,
    format: planned.format,
    bytes,
    ...described(planned),
    key: keys[0] ?? null,
    destination: null,
    files: keys,
  };
}

/** What a response says of a package: the largest picture. */
function described({ films, sound, frames, fps }: PlannedPackage) {
  const [largest] = films;
  const seconds = largest === undefined ? (sound?.sound.samples ?? 0) / SAMPLE_RATE : frames / perSecond(fps);
  return {
    duration_seconds: Math.round(seconds * 1_000) / 1_000,
    width: largest?.geometry.width ?? null,
    height: largest?.geometry.height ?? null,
    video: largest === undefined ? null : 'encoded',
    audio: sound === null ? null : 'encoded',
    not_copied_because: 'the segments of a package need key frames of their own',
  } as const;
}
