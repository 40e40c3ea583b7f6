import { type ApiPart, operation } from './operation.ts';

export const METRICS_API: ApiPart = {
  paths: {
    '/metrics': {
      get: operation({
        summary: 'Prometheus metrics.',
        access: 'public',
        responses: {
          200: {
            description: 'The text exposition format, version 0.0.4.',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
        },
      }),
    },
  },
  schemas: {},
};
