import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { matchUrlRoute, type UrlRouteTable } from '../definition/url-routes.ts';
import type { FunctionInstance } from '../invocation/function-instance.ts';
import { REQUEST_BODY_BYTES } from '../invocation/limits.ts';
import { PLATFORM_ANSWERS, sendPlatformAnswer } from '../response/platform-answers.ts';
import { splitTarget, toFunctionUrlEvent } from './event.ts';
import { createHttpReply } from './http-reply.ts';
import { hasBody, readBody } from './request-body.ts';

type FunctionUrlsOptions = {
  readonly routes: UrlRouteTable;
  readonly functions: ReadonlyMap<string, FunctionInstance>;
  /** Whether the peer is a trusted proxy, whose X-Forwarded-For ends with the client's address. */
  readonly trustProxy: boolean;
  /** Cuts a longer body at this length and lets the function refuse it; undefined for the platform's own limit. */
  readonly cutBodyBytes: CutBodyBytes | undefined;
  /** Whether connections may serve further requests. */
  readonly keepAlive: () => boolean;
};

/** A length for all functions, or one for each. */
export type CutBodyBytes = number | ((functionName: string) => number);

/** Handles each HTTP request with the function that its path maps to. */
export function createFunctionUrls({ routes, functions, trustProxy, cutBodyBytes, keepAlive }: FunctionUrlsOptions) {
  const wantsBeginning = cutBodyBytes !== undefined;
  const limitOf = typeof cutBodyBytes === 'function' ? cutBodyBytes : () => cutBodyBytes ?? REQUEST_BODY_BYTES;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    const reply = createHttpReply({ response, requestId, keepAlive });
    const target = request.url ?? '/';
    const name = matchUrlRoute(routes, splitTarget(target).path) ?? '';
    const instance = functions.get(name);
    if (!instance) return sendPlatformAnswer(reply, PLATFORM_ANSWERS.notFound);
    const body = hasBody(request) ? await readBody(request, { limitBytes: limitOf(name), wantsBeginning }) : undefined;
    if (body?.kind === 'too_large' && cutBodyBytes === undefined)
      return sendPlatformAnswer(reply, PLATFORM_ANSWERS.requestTooLarge);
    if (body?.kind === 'aborted') return;
    const event = toFunctionUrlEvent({
      method: request.method ?? 'GET',
      target,
      httpVersion: request.httpVersion,
      rawHeaders: request.rawHeaders,
      body: body?.kind === 'too_large' ? body.beginning : body?.bytes,
      sourceIp: clientAddress(request, trustProxy),
      urlId: instance.definition.name,
      requestId,
      timeEpoch: Date.now(),
    });
    const starting = instance.invoke({ event, requestId, reply });
    const invocation = starting instanceof Promise ? await starting : starting;
    if (!invocation) return;
    if (response.destroyed) invocation.disconnect();
    else {
      response.once('close', () => {
        if (!response.writableFinished) invocation.disconnect();
      });
    }
  };
}

/** The trusted proxy adds the last address in X-Forwarded-For. The client may have sent the others. */
function clientAddress(request: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy ? request.headers['x-forwarded-for'] : undefined;
  const last = forwarded?.toString().split(',').at(-1)?.trim();
  return last || (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}
