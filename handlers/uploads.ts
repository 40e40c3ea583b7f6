import { UPLOADS_ROUTES, uploadAnswer } from '#lib/api/uploads.ts';
import { jsonAnswer, noContent } from '#lib/http/answer.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';
import { httpOptions, services } from '#lib/services.ts';

/** `/api/uploads`: a caller's own files, put straight into the bucket. */
export const handler = httpFunction(
  'BUFFERED',
  serve(UPLOADS_ROUTES, {
    async start({ caller, body: { filename, bytes, content_type: contentType } }) {
      return jsonAnswer(201, uploadAnswer(await services.uploads.start({ filename, bytes, contentType }, caller)));
    },
    async complete({ caller, body: { source_url, upload_id: uploadId, parts: given } }) {
      const parts = given.map(({ part_number: partNumber, etag }) => ({ partNumber, etag }));
      const bytes = await services.uploads.complete({ sourceUrl: source_url, uploadId, parts }, caller);
      return jsonAnswer(200, { source_url, bytes });
    },
    async abort({ caller, body: { source_url: sourceUrl, upload_id: uploadId } }) {
      await services.uploads.abort({ sourceUrl, uploadId }, caller);
      return noContent();
    },
  }),
  httpOptions,
);
