import { UPLOADS_ROUTES, type UploadAnswer } from '#lib/api/uploads.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { jsonAnswer, noContent } from '#lib/http/answer.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `/api/uploads`: lets a caller upload files directly to the bucket. */
export const handler = httpFunction(
  'BUFFERED',
  serve(UPLOADS_ROUTES, {
    async start({ caller, body: { filename, bytes, content_type: contentType } }) {
      return jsonAnswer(201, written(await services.uploads.start({ filename, bytes, contentType }, caller)));
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

type Upload = Awaited<ReturnType<typeof services.uploads.start>>;

function written(upload: Upload): UploadAnswer {
  const { sourceUrl: source_url, expiresAt } = upload;
  const started = { source_url, method: 'PUT', expires_at: expiresAt.toISOString() } as const;
  if (upload.kind === 'plain') return { ...started, url: upload.url, headers: { ...upload.headers } };
  return {
    ...started,
    upload_id: upload.uploadId,
    part_bytes: upload.partBytes,
    parts: upload.parts.map(({ partNumber: part_number, url, bytes }) => ({ part_number, url, bytes })),
    complete_url: `${services.config.PUBLIC_URL ?? ''}${UPLOADS_ROUTES.complete.path}`,
  };
}
