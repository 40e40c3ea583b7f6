import { post } from '#lib/http/route-entry.ts';
import { SPEC_LIMITS } from '#lib/jobs/spec/limits.ts';
import { PREVIEW_SPEC } from '#lib/jobs/spec/preview-spec.ts';
import { PATHS } from './paths.ts';

export const JOB_PREVIEW_ROUTES = {
  preview: post(PATHS.jobs.preview, {
    access: 'jobs',
    summary: 'Make one frame of a job',
    body: {
      name: 'PreviewRequest',
      schema: PREVIEW_SPEC,
      large: { maxBytes: SPEC_LIMITS.bodyBytes, module: async () => (await import('./preview-body.ts')).body },
    },
    answers: {
      200: {
        description: 'The frame, in the size of the first output with a picture. Nothing is queued or stored.',
        headers: { 'X-Warnings': 'Number of warnings that the job would have.' },
        content: { 'image/png': { type: 'string', format: 'binary' } },
      },
    },
  }),
};
