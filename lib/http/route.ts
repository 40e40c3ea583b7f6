import type { Access } from '#lib/identity/caller.ts';
import type { Answer } from './answer.ts';
import type { HttpContext, HttpEvent } from './event.ts';

export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As in `/transcodes/{id}`. */
  readonly path: string;
  /** What it asks of its callers. Credentials are not looked at where it is `public`. */
  readonly access: Access;
  /** True for what monitors ask: it is answered however often. */
  readonly unlimited?: boolean;
  /** How the body of a POST, PUT or PATCH is written; JSON when absent. `form` takes both. */
  readonly body?: 'json' | 'form';
  readonly handler: (event: HttpEvent, context: HttpContext) => Answer | Promise<Answer>;
};
