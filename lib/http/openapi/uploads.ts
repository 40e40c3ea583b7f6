import { ABORT_UPLOAD, COMPLETE_UPLOAD, COMPLETED_UPLOAD, NEW_UPLOAD, UPLOAD } from '#lib/http/uploads.ts';
import { type ApiPart, answerSchema, jsonAnswer, jsonRequest, operation, requestSchema } from './operation.ts';

export const UPLOADS_API: ApiPart = {
  paths: {
    '/api/uploads': {
      post: operation({
        summary: 'Signed URLs to put a file of one’s own, which may then be a source.',
        access: 'transcode',
        requestBody: jsonRequest('NewUpload'),
        responses: { 201: jsonAnswer('Where to put it: in one piece, or above 64 MiB in parts.', 'Upload') },
      }),
    },
    '/api/uploads/complete': {
      post: operation({
        summary: 'Joins the parts of an upload.',
        access: 'transcode',
        requestBody: jsonRequest('CompleteUpload'),
        responses: { 200: jsonAnswer('It is there.', 'CompletedUpload') },
      }),
    },
    '/api/uploads/abort': {
      post: operation({
        summary: 'Gives up an upload in parts.',
        access: 'transcode',
        requestBody: jsonRequest('AbortUpload'),
        responses: { 204: { description: 'Its parts are gone.' } },
      }),
    },
  },
  schemas: {
    NewUpload: requestSchema(NEW_UPLOAD),
    Upload: answerSchema(UPLOAD),
    CompleteUpload: requestSchema(COMPLETE_UPLOAD),
    CompletedUpload: answerSchema(COMPLETED_UPLOAD),
    AbortUpload: requestSchema(ABORT_UPLOAD),
  },
};
