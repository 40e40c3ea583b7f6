import { JOBS_ROUTES } from '#lib/api/jobs.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { jsonAnswer, noContent, redirect, textAnswer } from '#lib/http/answer.ts';
import { longTextAnswer } from '#lib/http/long-answer.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `/api/jobs`: submits, lists, inspects, cancels, repeats and deletes a caller's jobs. */
export const handler = httpFunction(
  'BUFFERED',
  serve(JOBS_ROUTES, {
    async submit({ caller, body, query: { dry_run: isDryRun }, event: { headers }, context }) {
      const signal = context.clientSignal;
      if (isDryRun) return jsonAnswer(200, await services.jobs.dryRun(body, { caller, signal }));
      const idempotencyKey = headers['idempotency-key'];
      const { record, kind } = await services.jobs.submit(body, { caller, idempotencyKey, signal });
      return jsonAnswer(202, record, {
        Location: urlOf(record.id),
        'Idempotency-Replayed': String(kind === 'replayed'),
      });
    },
    async list({ caller, query }) {
      return jsonAnswer(200, await services.jobs.list(caller, query));
    },
    async get({ caller, params: { id } }) {
      return jsonAnswer(200, await services.jobs.get(caller, id));
    },
    async logs({ caller, params: { id }, query: { part } }) {
      return textAnswer(await services.jobs.log(caller, id, part));
    },
    async result({ caller, params: { id }, query: { output } }) {
      return redirect(await services.jobs.resultUrl(caller, id, output));
    },
    async file({ caller, params, query: { token }, event: { headers } }) {
      const reader = token === undefined ? { caller: caller ?? noCaller() } : { token };
      const found = await services.jobs.file(reader, params);
      return found.kind === 'media' ? redirect(found.url) : await longTextAnswer(found, headers['accept-encoding']);
    },
    async callbacks({ caller, params: { id } }) {
      const job = await services.jobs.find(caller, id);
      return jsonAnswer(200, { items: await services.callbacks.list(caller, job.id) });
    },
    async replay({ caller, params: { id, event } }) {
      const job = await services.jobs.find(caller, id);
      return jsonAnswer(202, await services.callbacks.replay(caller, job.id, event));
    },
    async cancel({ caller, params: { id } }) {
      const { record, isEnding } = await services.jobs.cancel(caller, id);
      return jsonAnswer(isEnding ? 202 : 200, record);
    },
    async retry({ caller, params: { id } }) {
      return jsonAnswer(202, await services.jobs.retry(caller, id));
    },
    async remove({ caller, params: { id } }) {
      await services.jobs.remove(caller, id);
      return noContent();
    },
  }),
  httpOptions,
);

/** A request without a token was authenticated. */
function noCaller(): never {
  throw new Error('the request has neither a token nor a caller');
}

function urlOf(id: string): string {
  return `${services.config.PUBLIC_URL ?? ''}${JOBS_ROUTES.get.path.replace('{id}', id)}`;
}
