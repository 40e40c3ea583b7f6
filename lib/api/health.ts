import { HEALTH, PROBE } from '#lib/health.ts';
import { route } from '#lib/http/route-entry.ts';
import { PATHS } from './paths.ts';

const REPORT = { name: 'Health', schema: HEALTH };
const ANSWER = { name: 'Probe', schema: PROBE };

export const HEALTH_ROUTES = {
  report: route({
    method: 'GET',
    path: PATHS.health.own,
    access: 'public',
    unlimited: true,
    summary: 'Whether the service works, and each of its parts.',
    answers: {
      200: { description: 'It works, or all but a part of it (`degraded`).', json: REPORT },
      503: { description: 'It does not work, or is shutting down.', json: REPORT },
    },
  }),
  live: route({
    method: 'GET',
    path: PATHS.health.live,
    access: 'public',
    unlimited: true,
    summary: 'Whether the process answers.',
    answers: { 200: { description: 'It does.', json: ANSWER } },
  }),
  ready: route({
    method: 'GET',
    path: PATHS.health.ready,
    access: 'public',
    unlimited: true,
    summary: 'Whether new work is taken.',
    answers: { 200: { description: 'It is.', json: ANSWER }, 503: { description: 'It is not.', json: ANSWER } },
  }),
};
