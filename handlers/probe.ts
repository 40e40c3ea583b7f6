import { PROBE_ROUTES } from '#lib/api/probe.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { jsonAnswer } from '#lib/http/answer.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `POST /api/probe`: describes a source by its beginning and its end. */
export const handler = httpFunction(
  'BUFFERED',
  serve(PROBE_ROUTES, {
    async probe({ caller, body: { url }, context: { clientSignal: signal } }) {
      return jsonAnswer(200, await services.probeSource(url, { caller, signal }));
    },
  }),
  httpOptions,
);
