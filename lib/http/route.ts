import type { Answer } from './answer.ts';
import type { HttpContext, HttpEvent } from './event.ts';
import type { RequestBody, RouteTraits } from './route-entry.ts';

/** A route that is served. */
export type Route = RouteTraits & {
  /** How the body of a POST, PUT or PATCH is written; JSON when absent. `form` takes both. */
  readonly body?: RequestBody['format'];
  readonly handler: (event: HttpEvent, context: HttpContext) => Answer | Promise<Answer>;
};
