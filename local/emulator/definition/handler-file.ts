import { existsSync } from 'node:fs';
import path from 'node:path';

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cjs'] as const;

/**
 * Splits `handlers/transcode.handler` into module and export at the first dot of the last path segment, as the Node.js
 * runtime does. Returns undefined without such a dot, and for a path that leaves the service's folder.
 */
export function parseHandlerName(handler: string): { module: string; exportName: string } | undefined {
  if (handler.includes('..')) return undefined;
  const folder = path.posix.dirname(handler);
  const [module, ...exported] = path.posix.basename(handler).split('.');
  const exportName = exported.join('.');
  if (!module || !exportName) return undefined;
  return { module: path.posix.join(folder, module), exportName };
}

/** Finds the file of a module that is named without its extension, relative to a folder. */
export function resolveHandlerFile(folder: string, module: string): string | undefined {
  return EXTENSIONS.map((extension) => path.resolve(folder, module + extension)).find((file) => existsSync(file));
}
