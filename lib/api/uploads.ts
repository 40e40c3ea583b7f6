import { z } from 'zod';
import { post } from '#lib/http/route-entry.ts';
import { PATHS } from './paths.ts';

const LONGEST_FILENAME = 1_024;
const LONGEST_SOURCE_URL = 2_048;
/** Uploads have no more parts than this (lib/storage/upload-parts.ts). */
const MOST_PARTS = 1_024;

const NEW_UPLOAD = z.strictObject({
  filename: z
    .string()
    .max(LONGEST_FILENAME)
    .optional()
    .meta({ description: 'Name of the file, by which people recognise the object. It becomes the end of its key.' }),
  bytes: z.int().positive().meta({ description: 'Exact size of the file. The signed URLs accept no other size.' }),
  content_type: z
    .string()
    .max(100)
    .regex(/^[\w.+-]+\/[\w.+-]+$/, 'content_type must be a media type such as audio/mpeg')
    .default('application/octet-stream')
    .meta({ description: 'Media type of the file, stored with the object.' }),
});

const SOURCE_URL = z
  .string()
  .max(LONGEST_SOURCE_URL)
  .meta({ description: '`source_url` of the response that started the upload.' });
/** Without a slash or a leading dot: some servers use it as a folder's name. */
const UPLOAD_ID = z
  .string()
  .regex(/^[A-Za-z0-9][\w.~-]{0,1023}$/, 'upload_id must be the upload_id of the response that started the upload')
  .meta({ description: '`upload_id` of the response that started the upload.' });

const ABORT_UPLOAD = z.strictObject({ source_url: SOURCE_URL, upload_id: UPLOAD_ID });

const COMPLETE_UPLOAD = ABORT_UPLOAD.extend({
  parts: z
    .array(
      z.strictObject({
        part_number: z.int().min(1).max(MOST_PARTS).meta({ description: 'Number of the part.' }),
        etag: z.string().min(1).max(200).meta({ description: 'The header `ETag` of the response to its PUT.' }),
      }),
    )
    .min(1)
    .max(MOST_PARTS)
    .refine(
      (parts) => new Set(parts.map((part) => part.part_number)).size === parts.length,
      'parts must not have the same part_number twice',
    )
    .meta({ description: 'All parts of the upload, in any order.' }),
});

const URL_FIELD = z.string().meta({
  description: 'Signed URL for the PUT. It is a secret: anyone who has it may write the object until it expires.',
});
const STARTED = z.strictObject({
  source_url: z.string().meta({ description: 'URL of the object, to use as a source.' }),
  method: z.literal('PUT').meta({ description: 'HTTP method for the signed URLs.' }),
  expires_at: z.iso.datetime().meta({ description: 'Time at which the signed URLs expire.' }),
});

const UPLOAD = z.union([
  STARTED.extend({
    url: URL_FIELD,
    headers: z.record(z.string(), z.string()).meta({ description: 'Headers that the PUT must send.' }),
  }),
  STARTED.extend({
    upload_id: z.string().meta({ description: 'Id of the upload, to complete or abort it.' }),
    part_bytes: z.int().meta({ description: 'Size of every part but the last.' }),
    parts: z
      .array(
        z.strictObject({
          part_number: z.int().meta({ description: 'Number of the part, counted from 1.' }),
          url: URL_FIELD,
          bytes: z.int().meta({ description: 'Size of the part.' }),
        }),
      )
      .meta({ description: 'The parts to PUT, in any order.' }),
    complete_url: z.string().meta({ description: 'Where to POST the list of parts once all are uploaded.' }),
  }),
]);

export type UploadAnswer = z.output<typeof UPLOAD>;

const UPLOAD_JSON = { name: 'Upload', schema: UPLOAD };
const COMPLETED = z.strictObject({
  source_url: z.string().meta({ description: 'URL of the object, to use as a source.' }),
  bytes: z.int().meta({ description: 'Size of the object.' }),
});

/** Whatever works on sources may upload them. */
const UPLOADERS = ['transcode', 'jobs', 'streams', 'relays'] as const;

export const UPLOADS_ROUTES = {
  start: post(PATHS.uploads.own, {
    access: UPLOADERS,
    summary: 'Start an upload',
    body: { name: 'NewUpload', schema: NEW_UPLOAD },
    answers: {
      201: {
        description: 'Signed URLs for the file: one URL up to 64 MiB, above that one for each part.',
        json: UPLOAD_JSON,
      },
    },
  }),
  complete: post(PATHS.uploads.complete, {
    access: UPLOADERS,
    summary: 'Complete an upload in parts',
    body: { name: 'CompleteUpload', schema: COMPLETE_UPLOAD },
    answers: {
      200: { description: 'The parts are joined.', json: { name: 'CompletedUpload', schema: COMPLETED } },
    },
  }),
  abort: post(PATHS.uploads.abort, {
    access: UPLOADERS,
    summary: 'Abort an upload in parts',
    body: { name: 'AbortUpload', schema: ABORT_UPLOAD },
    answers: { 204: { description: 'The parts are deleted.' } },
  }),
};
