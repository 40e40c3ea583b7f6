import { METRICS_ROUTES } from '#lib/api/metrics.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `GET /metrics`: metrics in the Prometheus text exposition format. */
export const handler = httpFunction(
  'BUFFERED',
  serve(METRICS_ROUTES, {
    async get() {
      const headers = { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8', 'Cache-Control': 'no-store' };
      return { statusCode: 200, headers, body: await services.metrics.exposition() };
    },
  }),
  httpOptions,
);
