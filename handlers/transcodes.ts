import { TRANSCODES_ROUTES } from '#lib/api/transcodes.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { jsonAnswer, noContent } from '#lib/http/answer.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

services.warm('transcodes');

/** `/transcodes`: lists, inspects, adjusts and cancels a caller's transcodes. */
export const handler = httpFunction(
  'BUFFERED',
  serve(TRANSCODES_ROUTES, {
    async list({ caller, query }) {
      return jsonAnswer(200, await services.transcodes.list(caller, query));
    },
    async get({ caller, params: { id } }) {
      return jsonAnswer(200, await services.transcodes.get(caller, id));
    },
    async cancel({ caller, params: { id } }) {
      await services.transcodes.cancel(caller, id);
      return noContent();
    },
    async adjust({ caller, params: { id }, body }) {
      const { filters, appliedAtSample } = await services.transcodes.adjust(caller, id, body.filters);
      return jsonAnswer(200, { filters, applied_at_sample: appliedAtSample });
    },
  }),
  httpOptions,
);
