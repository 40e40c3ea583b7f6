import httpRouter from '@middy/http-router';
import { AppError } from '#lib/errors.ts';
import type { HttpContext, HttpEvent, Middleware, Route } from '#lib/http/event.ts';
import { shownPath } from '#lib/http/shown-path.ts';

/** Sets `event.route`, which later middlewares use. */
export function routing(routes: readonly Route[]): Middleware {
  // The router's types fit the events of all gateways and handlers that respond. These handlers return the route.
  const find = httpRouter({
    routes: routes.map((route) => ({ method: route.method, path: route.path, handler: () => route })) as never,
    notFoundResponse: () => undefined,
  }) as unknown as (event: HttpEvent) => Route | undefined;
  return {
    before({ event }) {
      const route = find(event);
      if (route !== undefined) event.route = route;
    },
  };
}

/** Calls the handler of the route that `routing` found. Throws NOT_FOUND without one. A preflight needs none. */
export function callRoute(event: HttpEvent, context: HttpContext): ReturnType<Route['handler']> {
  if (event.preflight !== undefined) return event.preflight;
  if (event.route !== undefined) return event.route.handler(event, context);
  throw noRoute(event);
}

export function noRoute(event: HttpEvent): AppError {
  const { method } = event.requestContext.http;
  const path = shownPath(event);
  return new AppError('NOT_FOUND', { method, path }, { message: `this service has no ${method} ${path}` });
}
