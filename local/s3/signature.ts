import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import S3Error from '@20minutes/s3rver/lib/models/error.js';

export type S3Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string };

/** A request as it was received: the target of the request line, and headers with lower-case names. */
export type RawRequest = {
  readonly method: string;
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
};

/** What a valid signature vouches for. */
export type Verified = {
  /** `UNSIGNED-PAYLOAD`, a SHA-256 in hexadecimal digits, or a form of `aws-chunked`. */
  readonly payload: string;
  /** Returns the signature that a chunk must have after the one with another. */
  chunkSignature(previous: string, data: Buffer): string;
  readonly signature: string;
};

type Claim = {
  readonly accessKeyId: string;
  readonly day: string;
  readonly region: string;
  readonly time: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly payload: string;
};

const ALGORITHM = 'AWS4-HMAC-SHA256';
const UNSIGNED = 'UNSIGNED-PAYLOAD';
const MOST_SKEW_MS = 15 * 60_000;
const LONGEST_SECONDS = 604_800;

const CREDENTIAL = /^([\w-]+)\/(\d{8})\/([\w-]+)\/s3\/aws4_request$/;
const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^,\s]+), *SignedHeaders=([a-z\d;_-]+), *Signature=([a-f\d]{64})$/;
const SIGNATURE_V2: ReadonlySet<string> = new Set(['signature', 'awsaccesskeyid']);

/**
 * Verifies an AWS Signature Version 4, in the `Authorization` header or the query, over the target as it was sent. The
 * host and every `x-amz-` header must be signed. Throws an S3Error for anything else.
 * Specification: AWS, Signature Version 4 for API requests, and Authenticating Requests (Amazon S3).
 */
export function verifySignature(request: RawRequest, { accessKeyId, secretAccessKey }: S3Credentials): Verified {
  const { path, query } = splitTarget(request.target);
  const claim = claimOf(request.headers, query);
  requireSigned(request.headers, claim.signedHeaders);
  const scope = `${claim.day}/${claim.region}/s3/aws4_request`;
  const canonicalRequest = [
    request.method,
    path,
    canonicalQuery(query),
    ...claim.signedHeaders.map((name) => `${name}:${request.headers.get(name)}`),
    '',
    claim.signedHeaders.join(';'),
    claim.payload,
  ].join('\n');
  const text = [ALGORITHM, claim.time, scope, sha256(Buffer.from(canonicalRequest, 'latin1'))].join('\n');
  const key = [claim.day, claim.region, 's3', 'aws4_request'].reduce<Buffer>(
    hmac,
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  const signature = hmac(key, text).toString('hex');
  const isKnown = timingSafeEqual(Buffer.from(sha256(claim.accessKeyId)), Buffer.from(sha256(accessKeyId)));
  const isRight = timingSafeEqual(Buffer.from(claim.signature), Buffer.from(signature));
  if (!isKnown) throw new S3Error('InvalidAccessKeyId', 'The access key id does not exist.');
  if (!isRight) throw new S3Error('SignatureDoesNotMatch', 'The signature does not match the request.');
  return {
    payload: claim.payload,
    signature,
    chunkSignature(previous, data) {
      const chunk = [`${ALGORITHM}-PAYLOAD`, claim.time, scope, previous, sha256(''), sha256(data)].join('\n');
      return hmac(key, chunk).toString('hex');
    },
  };
}

/** Returns the target without the parameters of a signature in the query. */
export function withoutSignature(target: string): string {
  const { path, query } = splitTarget(target);
  const rest = query.filter(([name]) => !SIGNATURE_PARAMETERS.has(name.toLowerCase()));
  return rest.length === 0 ? path : `${path}?${rest.map((pair) => pair.join('=')).join('&')}`;
}

const SIGNATURE_PARAMETERS: ReadonlySet<string> = new Set(
  ['algorithm', 'content-sha256', 'credential', 'date', 'expires', 'security-token', 'signature', 'signedheaders'].map(
    (name) => `x-amz-${name}`,
  ),
);

type Parameter = readonly [name: string, value: string];

function splitTarget(target: string): { path: string; query: Parameter[] } {
  const [path = '', ...rest] = target.split('?');
  const pairs = rest
    .join('?')
    .split('&')
    .filter((pair) => pair !== '');
  const query = pairs.map((pair): Parameter => {
    const [name = '', ...value] = pair.split('=');
    return [name, value.join('=')];
  });
  return { path, query };
}

function canonicalQuery(query: readonly Parameter[]): string {
  const signed = query.filter(([name]) => name !== 'X-Amz-Signature');
  const sorted = signed.toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  return sorted.map((pair) => pair.join('=')).join('&');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Returns what the request claims, in its only signature. */
function claimOf(headers: ReadonlyMap<string, string>, query: readonly Parameter[]): Claim {
  const authorization = headers.get('authorization');
  const names = query.map(([name]) => name.toLowerCase());
  if (authorization?.startsWith('AWS ') || names.some((name) => SIGNATURE_V2.has(name))) {
    throw new S3Error('InvalidRequest', 'Signature Version 2 is not supported: use Version 4.');
  }
  const inQuery = names.includes('x-amz-signature');
  if (authorization !== undefined && inQuery) throw new S3Error('InvalidArgument', 'Only one signature is allowed.');
  if (authorization !== undefined) return claimInHeader(authorization, headers);
  if (inQuery) return claimInQuery(headers, query);
  throw new S3Error('AccessDenied', 'The request is not signed.');
}

function claimInHeader(authorization: string, headers: ReadonlyMap<string, string>): Claim {
  const [, credential = '', names = '', signature = ''] = AUTHORIZATION.exec(authorization) ?? [];
  const time = headers.get('x-amz-date') ?? '';
  const claim = { ...credentialOf(credential, time), signedHeaders: names.split(';'), signature };
  const payload = headers.get('x-amz-content-sha256');
  if (payload === undefined) throw new S3Error('InvalidRequest', 'The header x-amz-content-sha256 is missing.');
  if (Math.abs(Date.now() - timestamp(time)) > MOST_SKEW_MS) {
    throw new S3Error('RequestTimeTooSkewed', 'The time of the request is too far from the time of the server.');
  }
  return { ...claim, payload };
}

function claimInQuery(headers: ReadonlyMap<string, string>, query: readonly Parameter[]): Claim {
  const parameter = (name: string): string => {
    const values = query.filter(([other]) => other.toLowerCase() === name.toLowerCase());
    const [found] = values;
    if (values.length !== 1 || found?.[0] !== name) throw malformed(`the parameter ${name} must be given once`);
    return decoded(found[1]);
  };
  if (parameter('X-Amz-Algorithm') !== ALGORITHM) throw malformed(`the algorithm must be ${ALGORITHM}`);
  const signature = parameter('X-Amz-Signature');
  if (!/^[a-f\d]{64}$/.test(signature)) throw malformed('the signature must be 64 hexadecimal digits');
  const expires = parameter('X-Amz-Expires');
  const seconds = /^\d{1,6}$/.test(expires) ? Number(expires) : Number.POSITIVE_INFINITY;
  if (seconds > LONGEST_SECONDS) throw malformed(`X-Amz-Expires must be at most ${LONGEST_SECONDS}`);
  const time = parameter('X-Amz-Date');
  const startsAt = timestamp(time);
  const now = Date.now();
  if (now < startsAt - MOST_SKEW_MS || now > startsAt + seconds * 1_000) {
    throw new S3Error('AccessDenied', 'The signed URL is not valid at this time.');
  }
  return {
    ...credentialOf(parameter('X-Amz-Credential'), time),
    signedHeaders: parameter('X-Amz-SignedHeaders').split(';'),
    signature,
    payload: headers.get('x-amz-content-sha256') ?? UNSIGNED,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed('a parameter is not encoded correctly');
  }
}

function credentialOf(credential: string, time: string): Pick<Claim, 'accessKeyId' | 'day' | 'region' | 'time'> {
  const [, accessKeyId, day, region] = CREDENTIAL.exec(credential) ?? [];
  if (accessKeyId === undefined || day === undefined || region === undefined) {
    throw malformed('the credential must be KEY/DATE/REGION/s3/aws4_request');
  }
  if (day !== time.slice(0, day.length)) throw malformed('the credential is of another day than the request');
  return { accessKeyId, day, region, time };
}

/** Returns the milliseconds of a time such as 20261130T120000Z. */
function timestamp(text: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(at)) throw malformed('the time must have the form 20261130T120000Z');
  return at;
}

function requireSigned(headers: ReadonlyMap<string, string>, signed: readonly string[]): void {
  if (!signed.includes('host')) throw malformed('the header host must be signed');
  const absent = signed.find((name) => !headers.has(name));
  if (absent !== undefined) throw new S3Error('SignatureDoesNotMatch', `The signed header ${absent} is missing.`);
  const unsigned = [...headers.keys()].find((name) => name.startsWith('x-amz-') && !signed.includes(name));
  if (unsigned !== undefined) throw new S3Error('AccessDenied', `The header ${unsigned} must be signed.`);
}

function malformed(message: string): S3Error {
  return new S3Error('AuthorizationHeaderMalformed', `The signature is malformed: ${message}.`);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
