import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { parseHandlerName, resolveHandlerFile } from './handler-file.ts';
import { parseSchedules } from './schedule.ts';
import type { FunctionDefinition, InvokeMode, ServiceDefinition } from './service-definition.ts';
import { compileUrlRoutes } from './url-routes.ts';
import { objectAt, optionalNumberAt, ServiceError, stringAt, type YamlObject } from './yaml-object.ts';

/** The Serverless Framework's defaults. */
const DEFAULT_TIMEOUT_SECONDS = 6;
const DEFAULT_MEMORY_MB = 1024;

/**
 * Reads the functions and the routes (`custom.functionUrls`: path pattern → function name) of a serverless.yml.
 * Variables (`${…}`) are not resolved, CloudFormation tags (`!Ref` …) are ignored.
 * Throws ServiceError, which names the file and the key, for anything the emulator cannot serve.
 */
export async function readService(file: string): Promise<ServiceDefinition> {
  const absolute = path.resolve(file);
  const text = await readFile(absolute, 'utf8').catch((cause: unknown) => {
    throw new ServiceError(absolute, '', 'cannot be read', { cause });
  });
  let config: unknown;
  try {
    // "error" silences the warning about every unknown tag.
    config = parse(text, { logLevel: 'error', merge: true });
  } catch (cause) {
    throw new ServiceError(absolute, '', `is not YAML: ${(cause as Error).message}`, { cause });
  }
  return parseService(config, absolute);
}

/** The same for a parsed configuration; `file` is where it was read from. */
export function parseService(config: unknown, file: string): ServiceDefinition {
  const root: YamlObject = { file, key: '', value: config };
  const provider = objectAt(root, 'provider');
  const functions = new Map(
    objectAt(root, 'functions').entries.map(([name, node]) => [name, parseFunction(name, node, provider.node)]),
  );
  const routed = objectAt(objectAt(root, 'custom').node, 'functionUrls');
  const routes = routed.entries.map(([pattern, node]) => {
    const functionName = node.value;
    if (typeof functionName !== 'string') throw new ServiceError(file, node.key, 'must name a function');
    const definition = functions.get(functionName);
    if (!definition) throw new ServiceError(file, node.key, `names the unknown function "${functionName}"`);
    if (!definition.hasUrl) {
      throw new ServiceError(file, node.key, `routes to "${functionName}", which has no "url"`);
    }
    return { pattern, functionName };
  });
  try {
    return { file, functions, routes: compileUrlRoutes(routes) };
  } catch (cause) {
    throw new ServiceError(file, routed.node.key, (cause as Error).message, { cause });
  }
}

function parseFunction(name: string, node: YamlObject, provider: YamlObject): FunctionDefinition {
  const handler = parseHandlerName(stringAt(node, 'handler'));
  if (!handler) throw new ServiceError(node.file, `${node.key}.handler`, 'must look like "folder/module.export"');
  const file = resolveHandlerFile(path.dirname(node.file), handler.module);
  if (!file)
    throw new ServiceError(node.file, `${node.key}.handler`, `names no file: "${handler.module}" with .ts … .cjs`);
  const url = objectAt(node, 'url', { orTrue: true });
  return {
    name,
    file,
    exportName: handler.exportName,
    timeoutSeconds:
      optionalNumberAt(node, 'timeout') ?? optionalNumberAt(provider, 'timeout') ?? DEFAULT_TIMEOUT_SECONDS,
    memorySize: optionalNumberAt(node, 'memorySize') ?? optionalNumberAt(provider, 'memorySize') ?? DEFAULT_MEMORY_MB,
    reservedConcurrency: optionalNumberAt(node, 'reservedConcurrency'),
    hasUrl: url.present,
    invokeMode: parseInvokeMode(url.node),
    schedules: parseSchedules(node),
  };
}

function parseInvokeMode(url: YamlObject): InvokeMode {
  const mode =
    url.value === true || url.value == null ? undefined : (url.value as Record<string, unknown>)['invokeMode'];
  if (mode === undefined || mode === 'BUFFERED') return 'BUFFERED';
  if (mode === 'RESPONSE_STREAM') return mode;
  throw new ServiceError(url.file, `${url.key}.invokeMode`, 'must be BUFFERED or RESPONSE_STREAM');
}
