import { Readable } from 'node:stream';
import { JOB_PREVIEW_ROUTES } from '#lib/api/job-preview.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `POST /api/jobs/preview`: makes one frame of a job. Streamed, because a buffered response may have 6 MB only. */
export const handler = httpFunction(
  'RESPONSE_STREAM',
  serve(JOB_PREVIEW_ROUTES, {
    async preview({ caller, body, context: { clientSignal: signal } }) {
      const { png, warnings } = await services.jobPreview(body, { caller, signal });
      const headers = {
        'Content-Type': 'image/png',
        'Cache-Control': 'no-store',
        'X-Warnings': String(warnings.length),
      };
      return { statusCode: 200, headers, body: Readable.from([png]) };
    },
  }),
  httpOptions,
);
