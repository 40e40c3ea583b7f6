import { USAGE_ROUTES } from '#lib/api/usage.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { jsonAnswer } from '#lib/http/answer.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `GET /api/usage`: what the caller uses of each budget. */
export const handler = httpFunction(
  'BUFFERED',
  serve(USAGE_ROUTES, {
    async get({ caller }) {
      return jsonAnswer(200, await services.budgetUsage(caller));
    },
  }),
  httpOptions,
);
