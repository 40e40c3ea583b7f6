import { httpOptions, services } from '#lib/function-process.ts';
import { jsonAnswer } from '#lib/http/answer.ts';
import { callerOf } from '#lib/http/caller-of.ts';
import { httpFunction } from '#lib/http/stack.ts';
import { ABORT_UPLOAD, COMPLETE_UPLOAD, NEW_UPLOAD, uploadAnswer } from '#lib/http/uploads.ts';
import { validate } from '#lib/validation.ts';

/** `/api/uploads`: a caller's own files, put straight into the bucket. */
export const handler = httpFunction(
  'BUFFERED',
  [
    {
      method: 'POST',
      path: '/api/uploads',
      access: 'transcode',
      handler: async (event) => {
        const { filename, bytes, content_type: contentType } = validate(NEW_UPLOAD, event.body);
        return jsonAnswer(
          201,
          uploadAnswer(await services.uploads.start({ filename, bytes, contentType }, callerOf(event))),
        );
      },
    },
    {
      method: 'POST',
      path: '/api/uploads/complete',
      access: 'transcode',
      handler: async (event) => {
        const { source_url, upload_id: uploadId, parts: given } = validate(COMPLETE_UPLOAD, event.body);
        const parts = given.map(({ part_number: partNumber, etag }) => ({ partNumber, etag }));
        const bytes = await services.uploads.complete({ sourceUrl: source_url, uploadId, parts }, callerOf(event));
        return jsonAnswer(200, { source_url, bytes });
      },
    },
    {
      method: 'POST',
      path: '/api/uploads/abort',
      access: 'transcode',
      handler: async (event) => {
        const { source_url: sourceUrl, upload_id: uploadId } = validate(ABORT_UPLOAD, event.body);
        await services.uploads.abort({ sourceUrl, uploadId }, callerOf(event));
        return { statusCode: 204, headers: {}, body: '' };
      },
    },
  ],
  httpOptions,
);
