import type { z } from 'zod';
import type { Scope } from '#lib/identity/caller.ts';
import type { Failure } from '#lib/work/record.ts';

/**
 * The scope that a route requires of its callers, or several of which one is enough; `any` for whichever, `public` for no
 * credentials.
 */
export type RouteAccess = 'public' | 'any' | Scope | readonly Scope[];

/** Returns the scopes of which a caller needs one; undefined when it needs none. */
export function scopesFor(access: RouteAccess): readonly Scope[] | undefined {
  if (access === 'public' || access === 'any') return undefined;
  return typeof access === 'string' ? [access] : access;
}

/** The properties of a route that the stack uses. */
export type RouteTraits = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** For example `/transcodes/{id}`. */
  readonly path: string;
  /** With `public`, credentials are not read. */
  readonly access: RouteAccess;
  /** True for routes that a token in the query `token` opens instead of credentials: the handler checks it. */
  readonly token?: boolean;
  /** True for routes that monitoring uses: they have no rate limit. */
  readonly unlimited?: boolean;
};

/** A route's entry in a table, the only input for routing, validation and the OpenAPI document. */
export type RouteEntry = RouteTraits & {
  readonly summary: string;
  /** True for routes that the OpenAPI document leaves out. */
  readonly hidden?: boolean;
  /** The parameters of the path, such as `id`, with their descriptions. */
  readonly params?: Readonly<Record<string, string>>;
  /** Schema of the query, which `queryReader` reads. */
  readonly query?: z.ZodType;
  /** Other parameters of the request, as OpenAPI objects. The handler reads them. */
  readonly parameters?: readonly Json[];
  readonly body?: RequestBody;
  /** Status → response. Every route may also respond with any error of the catalogue. */
  readonly answers: Readonly<Record<number, AnswerEntry>>;
};

export type RouteTable = Readonly<Record<string, RouteEntry>>;

/** A schema with its name in the OpenAPI document. */
export type NamedSchema = { readonly name: string; readonly schema: z.ZodType };

export type RequestBody = NamedSchema & {
  /** The schema that the document shows, for a body that accepts more notations than it. */
  readonly shown?: z.ZodType;
  /** Converts those notations to the one that `schema` accepts. */
  readonly read?: (body: unknown) => unknown;
  /** `json`: JSON only. `form`: a form or JSON. */
  readonly format?: 'json' | 'form';
  /** Added to the details of the error when the schema refuses the body. */
  readonly refusal?: Json;
  /** For bodies that may be larger than those of other routes, and that are then read in a thread of their own. */
  readonly large?: LargeBody;
};

/** `module` returns the module that the thread loads: it has the same schema. */
export type LargeBody = { readonly maxBytes: number; readonly module: () => Promise<LargeBodyModule> };

export type LargeBodyModule = {
  readonly url: string;
  readonly read: (text: string) => ReadBody;
};

/** What crosses between threads: a valid body, or why it is refused. */
export type ReadBody =
  | { readonly kind: 'valid'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly failure: Failure };

/** A response in JSON, or in other media types, each with its JSON schema; without either, it has no body. */
export type AnswerEntry = {
  readonly description: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: NamedSchema;
  readonly content?: Readonly<Record<string, Json>>;
};

export const TEXT = { type: 'string' } as const;

export type Json = Readonly<Record<string, unknown>>;

type Rest = Omit<RouteEntry, 'method' | 'path'>;

/** Creates entries for a method. They keep their literal types, which define the handlers' parameter types. */
function entriesOf<const Method extends RouteTraits['method']>(method: Method) {
  return <const Path extends string, const Entry extends Rest>(path: Path, entry: Entry) => ({
    ...entry,
    method,
    path,
  });
}

export const get = entriesOf('GET');
export const post = entriesOf('POST');
export const patch = entriesOf('PATCH');
export const del = entriesOf('DELETE');
