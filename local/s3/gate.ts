import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Context } from '@20minutes/s3rver';
import { DUMMY_ACCOUNT } from '@20minutes/s3rver/lib/models/account.js';
import S3Error from '@20minutes/s3rver/lib/models/error.js';
import { answerPreflight, type OriginRule } from './browser-origins.ts';
import { requirePlainTarget } from './plain-target.ts';
import { type RawRequest, type S3Credentials, verifySignature, withoutSignature } from './signature.ts';
import { signedBody } from './signed-body.ts';

export type GateOptions = {
  readonly credentials: S3Credentials;
  readonly isAllowedOrigin: OriginRule;
};

/**
 * Returns the middleware that lets only requests pass that are signed with the credentials, for this server's own name,
 * and from no foreign page. Behind it, s3rver sees them without their signature: it allows what is unsigned, and its own
 * check accepts headers that were not signed and refuses requests of the AWS SDK.
 */
export function createGate({ credentials, isAllowedOrigin }: GateOptions) {
  return async (context: Context, next: () => Promise<void>): Promise<void> => {
    const { req } = context;
    const request = { method: req.method ?? '', target: req.url ?? '', headers: headersOf(req) };
    requireOwnName(request.headers.get('host'), req.socket.localPort);
    requirePlainTarget(request.target);
    if (answerPreflight(context, isAllowedOrigin)) return;
    requireNoForm(request);
    const verified = verifySignature(request, credentials);
    pass(context, HAS_BODY.has(request.method) ? signedBody(req, verified) : req);
    await next();
  };
}

const HAS_BODY: ReadonlySet<string> = new Set(['PUT', 'POST']);

/** Makes the request an unsigned one with a plain body. */
function pass(context: Context, body: Readable): void {
  const { headers } = context.req;
  for (const name of ['authorization', 'x-amz-content-sha256', 'x-amz-security-token']) delete headers[name];
  const encodings = headers['content-encoding']?.split(/, */).filter((encoding) => encoding !== 'aws-chunked');
  if (encodings?.length) headers['content-encoding'] = encodings.join(', ');
  else delete headers['content-encoding'];
  context.url = withoutSignature(context.url);
  // s3rver reads headers through the context, and of this only the body.
  context.req = body as IncomingMessage;
  Object.assign(context.state, { service: 's3', account: DUMMY_ACCOUNT });
}

/** Throws for a header that is repeated: s3rver might see another value than the one that was signed. */
function headersOf({ rawHeaders }: IncomingMessage): Map<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (headers.has(name)) throw new S3Error('InvalidRequest', 'A header is repeated.');
    headers.set(name, (rawHeaders[index + 1] ?? '').trim().replaceAll(/ +/g, ' '));
  }
  return headers;
}

/** A page whose name was rebound to loopback sends that name. */
function requireOwnName(host: string | undefined, port: number | undefined): void {
  if (['127.0.0.1', 'localhost', '[::1]'].some((name) => host === `${name}:${port}`)) return;
  const error = new S3Error('MisdirectedRequest', 'This server does not serve the host that the request names.');
  throw Object.assign(error, { status: 421 });
}

/** Pages can send forms to any server without being asked. */
function requireNoForm({ method, target, headers }: RawRequest): void {
  const isForm = /^(multipart\/form-data|application\/x-www-form-urlencoded|text\/plain)\b/i.test(
    headers.get('content-type') ?? '',
  );
  const isKnown = /[?&](delete|uploads|uploadId)(=|&|$)/.test(target);
  if (method === 'POST' && (isForm || !isKnown)) throw new S3Error('AccessDenied', 'Form posts are not allowed.');
}
