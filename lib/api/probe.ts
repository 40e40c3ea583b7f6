import { z } from 'zod';
import { post } from '#lib/http/route-entry.ts';
import { PROBE_REPORT } from '#lib/jobs/probe-report.ts';
import { closed } from '#lib/jobs/spec/fields.ts';
import { SPEC_LIMITS } from '#lib/jobs/spec/limits.ts';
import { PATHS } from './paths.ts';

const URL_ERROR = `url must be a URL of at most ${SPEC_LIMITS.url} characters`;

const PROBE_REQUEST = closed('a probe', {
  url: z
    .string({ error: URL_ERROR })
    .min(1, { error: URL_ERROR })
    .max(SPEC_LIMITS.url, { error: URL_ERROR })
    .meta({ description: 'URL of the source: http, https or s3://bucket/key.' }),
});

export const PROBE_ROUTES = {
  probe: post(PATHS.probe.own, {
    access: 'jobs',
    summary: 'Describe a source',
    body: { name: 'ProbeRequest', schema: PROBE_REQUEST },
    answers: {
      200: {
        description: 'What the beginning and the end of the source show. What they do not show is null.',
        json: { name: 'Probe', schema: PROBE_REPORT },
      },
    },
  }),
};
