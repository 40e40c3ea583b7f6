import type { Context } from '@20minutes/s3rver';
import S3Error from '@20minutes/s3rver/lib/models/error.js';

export type OriginRule = (origin: string) => boolean;

type Addresses = {
  readonly CORS_ORIGINS: readonly string[];
  readonly PUBLIC_URL?: string | undefined;
  readonly HOST: string;
  readonly PORT: number;
};

/** Returns the rule for pages: those of the service itself, and those that may call it. */
export function ruleOfOrigins({ CORS_ORIGINS, PUBLIC_URL, HOST, PORT }: Addresses): OriginRule {
  const names = PORT === 0 ? [] : [HOST.includes(':') ? `[${HOST}]` : HOST, '127.0.0.1', 'localhost', '[::1]'];
  const own = names.map((name) => new URL(`http://${name}:${PORT}`).origin);
  const allowed = new Set([...own, ...CORS_ORIGINS, ...(PUBLIC_URL === undefined ? [] : [new URL(PUBLIC_URL).origin])]);
  return (origin) => allowed.has('*') || allowed.has(origin);
}

/** What pages do with signed URLs: play and upload. */
const METHODS = ['GET', 'HEAD', 'PUT'];
const EXPOSED = 'Accept-Ranges, Content-Length, Content-Range, ETag';

/** Handles CORS. Returns whether the request was a preflight, which is answered. Throws for a foreign page. */
export function answerPreflight(context: Context, isAllowed: OriginRule): boolean {
  const origin = context.get('origin');
  context.set('Vary', 'Origin');
  const isPreflight = context.method === 'OPTIONS';
  const method = isPreflight ? context.get('access-control-request-method') : context.method;
  if (origin === '' && !isPreflight) return false;
  if (!isAllowed(origin) || !METHODS.includes(method)) {
    throw new S3Error('AccessDenied', 'Requests of this page are not allowed: see CORS_ORIGINS.');
  }
  context.set('Access-Control-Allow-Origin', origin);
  context.set('Access-Control-Expose-Headers', EXPOSED);
  if (!isPreflight) return false;
  context.set('Access-Control-Allow-Methods', METHODS.join(', '));
  context.set('Access-Control-Allow-Headers', context.get('access-control-request-headers'));
  context.set('Access-Control-Max-Age', '600');
  context.status = 204;
  return true;
}
