import type { z } from 'zod';
import type { Scope } from '#lib/identity/caller.ts';

/** What a route requires of its callers: a scope, or nothing. */
export type RouteAccess = 'public' | Scope;

/** What the stack needs to know of a route. */
export type RouteTraits = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As in `/transcodes/{id}`. */
  readonly path: string;
  /** Credentials are not read where it is `public`. */
  readonly access: RouteAccess;
  /** True for the routes of monitors: no rate limit applies. */
  readonly unlimited?: boolean;
};

/** A route as a table holds it: routing, validation and the OpenAPI document come from this and nothing else. */
export type RouteEntry = RouteTraits & {
  readonly summary: string;
  /** True for routes that the OpenAPI document leaves out. */
  readonly hidden?: boolean;
  /** The parts of the path, as `id`, and what each is. */
  readonly params?: Readonly<Record<string, string>>;
  /** The query's schema; `queryReader` reads what it describes. */
  readonly query?: z.ZodType;
  /** What else a request may have, as OpenAPI describes it; the handler reads it. */
  readonly parameters?: readonly Json[];
  readonly body?: RequestBody;
  /** Status → answer. Every route may also answer any error of the catalogue. */
  readonly answers: Readonly<Record<number, AnswerEntry>>;
};

export type RouteTable = Readonly<Record<string, RouteEntry>>;

/** A schema, and its name in the OpenAPI document. */
export type NamedSchema = { readonly name: string; readonly schema: z.ZodType };

export type RequestBody = NamedSchema & {
  /** The schema that the document shows, where a body may be written in more ways than that. */
  readonly shown?: z.ZodType;
  /** Brings those ways into the one that the schema takes. */
  readonly read?: (body: unknown) => unknown;
  /** How it is written: as JSON, or as a form or JSON. */
  readonly format?: 'json' | 'form';
  /** Added to the details of the error when the schema refuses the body. */
  readonly refusal?: Json;
};

/** An answer in JSON, or in other media types, each with its JSON schema; empty without either. */
export type AnswerEntry = {
  readonly description: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: NamedSchema;
  readonly content?: Readonly<Record<string, Json>>;
};

export const TEXT = { type: 'string' } as const;

export type Json = Readonly<Record<string, unknown>>;

type Rest = Omit<RouteEntry, 'method' | 'path'>;

/** Makes entries of a method. They keep their literal types, from which handlers get the types of their parameters. */
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
