import { createHash, createHmac } from 'node:crypto';

type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string };

export type ToSign = {
  readonly method: string;
  readonly target: string;
  /** With lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly keys: Keys;
  /** Names of headers that are sent but not signed. */
  readonly unsigned?: readonly string[];
  readonly payload?: string;
  readonly at?: Date;
};

/** Signs any request, also one that no SDK would make. Returns all headers to send. */
export function sign(request: ToSign): Record<string, string> {
  const { method, target, keys, unsigned = [], payload = 'UNSIGNED-PAYLOAD', at = new Date() } = request;
  const time = at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const headers = { 'x-amz-date': time, 'x-amz-content-sha256': payload, ...request.headers };
  const signed = Object.entries(headers)
    .filter(([name]) => !unsigned.includes(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const [path = '', query = ''] = target.split('?');
  const canonicalQuery = query
    .split('&')
    .map((pair) => (pair === '' || pair.includes('=') ? pair : `${pair}=`))
    .toSorted()
    .join('&');
  const lines = signed.map(([name, value]) => `${name}:${value}\n`).join('');
  const canonical = [method, path, canonicalQuery, lines, names, payload].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${keys.secretAccessKey}`);
  const signature = hmac(key, text).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

type Chunked = { readonly chunks: readonly string[]; readonly time: string; readonly keys: Keys };

/** Returns the chunks as `aws-chunked`, each signed after the one before it. */
export function signChunks(authorization: string, { chunks, time, keys }: Chunked): string {
  const [, scope = '', seed = ''] = /Credential=[^/]+\/(\S+), .*Signature=(\w+)/.exec(authorization) ?? [];
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${keys.secretAccessKey}`);
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  let previous = seed;
  const sent = [...chunks, ''].map((chunk) => {
    const text = ['AWS4-HMAC-SHA256-PAYLOAD', time, scope, previous, hash(''), hash(chunk)].join('\n');
    previous = hmac(key, text).toString('hex');
    return `${chunk.length.toString(16)};chunk-signature=${previous}\r\n${chunk}\r\n`;
  });
  return sent.join('');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
