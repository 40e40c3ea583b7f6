import { pathToFileURL } from 'node:url';
import type { FunctionDefinition } from '../definition/service-definition.ts';
import { installAwsLambdaGlobal, type StreamingMark, streamingMark } from '../response/awslambda-global.ts';
import type { ResponseStream } from '../response/response-stream.ts';
import type { EmulatedContext } from './context.ts';

export type BufferedHandler = (event: unknown, context: EmulatedContext) => unknown;
export type StreamingHandler = (event: unknown, stream: ResponseStream, context: EmulatedContext) => unknown;

export type LoadedHandler =
  | { readonly kind: 'buffered'; readonly run: BufferedHandler }
  | ({ readonly kind: 'streaming'; readonly run: StreamingHandler } & StreamingMark);

/**
 * Imports a function's module and finds its handler. Installs the `awslambda` global first, because handlers use it
 * while they are imported. Throws an Error that names function and file.
 */
export async function loadHandler(definition: FunctionDefinition): Promise<LoadedHandler> {
  installAwsLambdaGlobal();
  const where = `Function "${definition.name}" (${definition.file})`;
  const module: unknown = await import(pathToFileURL(definition.file).href).catch((cause: unknown) => {
    throw new Error(`${where} cannot be imported: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  });
  const handler = exportOf(module, definition.exportName);
  if (typeof handler !== 'function') throw new Error(`${where} exports no function "${definition.exportName}"`);
  const mark = streamingMark(handler);
  if (mark) return { kind: 'streaming', run: handler as StreamingHandler, ...mark };
  if (handler.length >= 3) {
    throw new Error(`${where} takes a callback, which the runtime of Node.js 24 does not support: return a promise`);
  }
  return { kind: 'buffered', run: handler as BufferedHandler };
}

/** Also looks below `default`, where CommonJS modules have exports whose names were not detected. */
function exportOf(module: unknown, exportName: string): unknown {
  const names = exportName.split('.');
  const find = (from: unknown): unknown =>
    names.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], from);
  return find(module) ?? find((module as { default?: unknown }).default);
}
