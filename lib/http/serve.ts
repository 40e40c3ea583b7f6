import type { z } from 'zod';
import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import { type ValidateOptions, validate } from '#lib/validation.ts';
import type { Answer } from './answer.ts';
import type { HttpContext, HttpEvent, Route } from './event.ts';
import { queryReader } from './query.ts';
import type { RequestBody, RouteEntry, RouteTable } from './route-entry.ts';

/** A validated request for a handler, typed by the route's entry. */
export type RouteRequest<Entry extends RouteEntry> = {
  readonly event: HttpEvent;
  readonly context: HttpContext;
  /** Undefined on public routes, and for a reader with a token. */
  readonly caller: CallerOf<Entry>;
  /** The parameters of the path. */
  readonly params: Readonly<Record<ParamNames<Entry['path']>, string>>;
  readonly query: Entry['query'] extends infer Schema extends z.ZodType ? z.output<Schema> : undefined;
  readonly body: Entry['body'] extends { readonly schema: infer Schema extends z.ZodType }
    ? z.output<Schema>
    : undefined;
};

type CallerOf<Entry extends RouteEntry> = Entry['access'] extends 'public'
  ? undefined
  : Entry extends { readonly token: true }
    ? Caller | undefined
    : Caller;

type ParamNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamNames<Rest>
  : never;

/** A handler without the type of its request: `served` ensures that the request fits the route's entry. */
type UntypedHandler = (request: object) => Answer | Promise<Answer>;
type Handler<Entry extends RouteEntry> = (request: RouteRequest<Entry>) => Answer | Promise<Answer>;

/** Returns the routes of a table with their handlers. Query and body are validated before the handler is called. */
export function serve<Table extends RouteTable>(
  table: Table,
  handlers: { readonly [Name in keyof Table]: Handler<Table[Name]> },
): Route[] {
  return Object.entries(table).map(([name, entry]) => served(entry, handlers[name] as UntypedHandler));
}

function served(
  { method, path, access, token = false, unlimited = false, query, body }: RouteEntry,
  handler: UntypedHandler,
) {
  const readQuery = query && queryReader(query);
  // Anyone can send a request to a public route, so the response repeats nothing of it.
  const options = { echo: access !== 'public' };
  const bodyFormat = body === undefined ? ('none' as const) : (body.format ?? 'json');
  const answer: Route['handler'] = (event, context) =>
    handler({
      event,
      context,
      caller: event.caller,
      params: event.pathParameters ?? {},
      query: query && validate(query, readQuery?.(event.queryStringParameters ?? {}), options),
      body: body && (event.isBodyValid ? event.body : checked(body, event.body, options)),
    });
  return { method, path, access, token, unlimited, body: bodyFormat, large: body?.large, handler: answer };
}

/** Throws VALIDATION_ERROR or FILTER_INVALID. */
function checked({ schema, read, refusal }: RequestBody, body: unknown, options: ValidateOptions): unknown {
  try {
    return validate(schema, read === undefined ? body : read(body), options);
  } catch (error) {
    if (refusal === undefined || !(error instanceof AppError)) throw error;
    throw new AppError(error.code, { ...error.details, ...refusal }, { message: error.message });
  }
}
