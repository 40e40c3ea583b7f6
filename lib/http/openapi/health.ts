import { HEALTH, PROBE } from '#lib/health.ts';
import { type ApiPart, answerSchema, jsonAnswer, operation } from './operation.ts';

export const HEALTH_API: ApiPart = {
  paths: {
    '/health': {
      get: operation({
        summary: 'Whether the service works, and each of its parts.',
        access: 'public',
        responses: {
          200: jsonAnswer('It works, or all but a part of it (`degraded`).', 'Health'),
          503: jsonAnswer('It does not work, or is shutting down.', 'Health'),
        },
      }),
    },
    '/health/live': {
      get: operation({
        summary: 'Whether the process answers.',
        access: 'public',
        responses: { 200: jsonAnswer('It does.', 'Probe') },
      }),
    },
    '/health/ready': {
      get: operation({
        summary: 'Whether new work is taken.',
        access: 'public',
        responses: { 200: jsonAnswer('It is.', 'Probe'), 503: jsonAnswer('It is not.', 'Probe') },
      }),
    },
  },
  schemas: { Health: answerSchema(HEALTH), Probe: answerSchema(PROBE) },
};
