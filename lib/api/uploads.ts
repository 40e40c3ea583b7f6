import { z } from 'zod';
import { post } from '#lib/http/route-entry.ts';
import { PATHS } from './paths.ts';

const LONGEST_FILENAME = 1_024;
const LONGEST_SOURCE_URL = 2_048;
/** The most that S3 takes. */
const MOST_PARTS = 10_000;

const NEW_UPLOAD = z.strictObject({
  filename: z.string().max(LONGEST_FILENAME).optional().meta({ description: 'For people to recognise it by.' }),
  bytes: z.int().positive().meta({ description: 'The exact size; the signed URLs take no other.' }),
  content_type: z
    .string()
    .max(100)
    .regex(/^[\w.+-]+\/[\w.+-]+$/, 'content_type must be a media type such as audio/mpeg')
    .default('application/octet-stream'),
});

const SOURCE_URL = z.string().max(LONGEST_SOURCE_URL).meta({ description: 'As the upload was given it.' });
/** Without a slash or a leading dot: some servers use it as a folder's name. */
const UPLOAD_ID = z.string().regex(/^[A-Za-z0-9][\w.~-]{0,1023}$/, 'upload_id must be one that was given out');

const ABORT_UPLOAD = z.strictObject({ source_url: SOURCE_URL, upload_id: UPLOAD_ID });

const COMPLETE_UPLOAD = ABORT_UPLOAD.extend({
  parts: z
    .array(z.strictObject({ part_number: z.int().min(1).max(MOST_PARTS), etag: z.string().min(1).max(200) }))
    .min(1)
    .max(MOST_PARTS)
    .refine((parts) => new Set(parts.map((part) => part.part_number)).size === parts.length, 'parts must differ'),
});

const URL_FIELD = z.string().meta({ description: 'Signed: everyone who has it may write there until it expires.' });
const STARTED = z.strictObject({
  source_url: z.string().meta({ description: 'What a transcode may then name as its source.' }),
  method: z.literal('PUT'),
  expires_at: z.iso.datetime(),
});

const UPLOAD = z.union([
  STARTED.extend({ url: URL_FIELD, headers: z.record(z.string(), z.string()) }),
  STARTED.extend({
    upload_id: z.string(),
    part_bytes: z.int(),
    parts: z.array(z.strictObject({ part_number: z.int(), url: URL_FIELD, bytes: z.int() })),
    complete_url: z.string(),
  }),
]);

export type UploadAnswer = z.output<typeof UPLOAD>;

const UPLOAD_JSON = { name: 'Upload', schema: UPLOAD };
const COMPLETED = z.strictObject({ source_url: z.string(), bytes: z.int() });

export const UPLOADS_ROUTES = {
  start: post(PATHS.uploads.own, {
    access: 'transcode',
    summary: 'Signed URLs to put a file of one’s own, which may then be a source.',
    body: { name: 'NewUpload', schema: NEW_UPLOAD },
    answers: { 201: { description: 'Where to put it: in one piece, or above 64 MiB in parts.', json: UPLOAD_JSON } },
  }),
  complete: post(PATHS.uploads.complete, {
    access: 'transcode',
    summary: 'Joins the parts of an upload.',
    body: { name: 'CompleteUpload', schema: COMPLETE_UPLOAD },
    answers: { 200: { description: 'It is complete.', json: { name: 'CompletedUpload', schema: COMPLETED } } },
  }),
  abort: post(PATHS.uploads.abort, {
    access: 'transcode',
    summary: 'Gives up an upload in parts.',
    body: { name: 'AbortUpload', schema: ABORT_UPLOAD },
    answers: { 204: { description: 'Its parts are deleted.' } },
  }),
};
