import type { z } from 'zod';
import type { Scope } from '#lib/identity/caller.ts';

/** The scope that a route requires of its callers; `any` for whichever, `public` for no credentials. */
export type RouteAccess = 'public' | 'any' | Scope;

/** The properties of a route that the stack uses. */
export type RouteTraits = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** For example `/transcodes/{id}`. */
  readonly path: string;
  /** With `public`, credentials are not read. */
  readonly access: RouteAccess;
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
};

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
