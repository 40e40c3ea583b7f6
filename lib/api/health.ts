import { HEALTH, PROBE } from '#lib/health.ts';
import { get } from '#lib/http/route-entry.ts';
import { PATHS } from './paths.ts';

const REPORT = { name: 'Health', schema: HEALTH };
const ANSWER = { name: 'Probe', schema: PROBE };

export const HEALTH_ROUTES = {
  report: get(PATHS.health.own, {
    access: 'public',
    unlimited: true,
    summary: 'Whether the service works, and each of its parts.',
    answers: {
      200: { description: 'It works, or all but a part of it (`degraded`).', json: REPORT },
      503: { description: 'It does not work, or is shutting down.', json: REPORT },
    },
  }),
  live: get(PATHS.health.live, {
    access: 'public',
    unlimited: true,
    summary: 'Whether the process answers.',
    answers: { 200: { description: 'It does.', json: ANSWER } },
  }),
  ready: get(PATHS.health.ready, {
    access: 'public',
    unlimited: true,
    summary: 'Whether new work is taken.',
    answers: { 200: { description: 'It is.', json: ANSWER }, 503: { description: 'It is not.', json: ANSWER } },
  }),
};
