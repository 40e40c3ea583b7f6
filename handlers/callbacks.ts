import { CALLBACKS_ROUTES } from '#lib/api/callbacks.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { jsonAnswer } from '#lib/http/answer.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `/api/callbacks`: the secret that signs a caller's callbacks, and tests of a receiver. */
export const handler = httpFunction(
  'BUFFERED',
  serve(CALLBACKS_ROUTES, {
    async secret({ caller }) {
      return jsonAnswer(200, await services.callbacks.secret(caller));
    },
    async rotate({ caller }) {
      return jsonAnswer(200, await services.callbacks.rotateSecret(caller));
    },
    async test({ caller, body: { url } }) {
      return jsonAnswer(200, await services.callbacks.test(caller, url));
    },
  }),
  httpOptions,
);
