import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseNetwork } from '#lib/http/middlewares/client-address.ts';
import { parseNetwork as parseSourceNetwork } from '#lib/sources/connection/network.ts';
import { parsePortRange } from '#lib/sources/connection/port-range.ts';

const count = z.coerce.number().int().positive();
const seconds = z.coerce.number().positive();
const list = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== ''))
  .pipe(z.array(z.string()));
/** A list whose entries `parse` accepts; it throws for others. */
const listOf = (parse: (entry: string) => unknown, kinds: string) =>
  list.superRefine((entries, { addIssue }) => {
    for (const [index, entry] of entries.entries()) {
      try {
        parse(entry);
      } catch {
        addIssue({ code: 'custom', message: `must list ${kinds}; entry ${index + 1} is not one` });
      }
    }
  });
const sourceNetworks = listOf(
  (entry) => parseSourceNetwork('', entry),
  'networks, such as 10.0.0.0/8, with an optional `:port`',
);
const webUrl = z.url({ protocol: /^https?$/, error: 'must be a URL that starts with http:// or https://' });
const optional = z.string().min(1).optional();
const port = z.coerce.number().int().min(0).max(65_535);
const nonNegative = z.coerce.number().nonnegative();

const KEY_BYTES = 32;
/** `ID:KEY`, with the key in base64url. The messages do not repeat it. */
const secretsKeys = listOf(parseSecretsKey, 'keys, ID:KEY with 32 bytes in base64url')
  .transform((entries) => entries.map(parseSecretsKey))
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'must list keys with different ids');

function parseSecretsKey(entry: string): { readonly id: string; readonly key: Buffer } {
  const [, id, text = ''] = /^([\w-]{1,64}):([\w-]+)=?$/.exec(entry) ?? [];
  const key = Buffer.from(text, 'base64url');
  if (id !== undefined && key.length === KEY_BYTES && key.toString('base64url') === text) return { id, key };
  throw new TypeError('not a key');
}

/** Every setting: its environment variable, type, default and description (docs/reference/configuration.md). */
const SETTINGS = z.object({
  HOST: z.string().default('127.0.0.1').describe('Address on which the service listens, outside of AWS Lambda.'),
  PORT: port.default(8090).describe('Port on which the service listens, outside of AWS Lambda; 0 picks a free port.'),
  PUBLIC_URL: webUrl
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe('Base URL at which callers reach the service, used for URLs in responses. Relative paths when not set.'),
  DATA_DIR: z
    .string()
    .default('.data')
    .describe('Folder for the data of this machine: its id, the embedded database and the embedded S3 store.'),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Lowest level that is logged.'),
  CORS_ORIGINS: list.prefault('*').describe('Origins that browsers may call from, separated by commas; `*` for all.'),
  MAX_BODY_BYTES: count
    .max(65_536)
    .default(65_536)
    .describe('Largest request body, in bytes; at most 65536. The request of a job may have 1048576.'),

  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a URL that starts with postgres:// or postgresql://' })
    .optional()
    .describe(
      'URL of the PostgreSQL database. When not set, `npm start` runs an embedded one. Without a database, nothing is stored.',
    ),
  PGPORT: port.default(0).describe('Port of the embedded PostgreSQL; 0 picks a free port.'),
  DATABASE_MAX_CONNECTIONS: count
    .default(5)
    .describe('Most database connections that one process opens, not counting its connection for notifications.'),
  RECORD_RETENTION_DAYS: z.coerce
    .number()
    .positive()
    .default(30)
    .describe('Days that the records of ended transcodes are kept.'),
  MAX_RECORDS_PER_DAY: count
    .default(100_000)
    .describe(
      'Transcodes and jobs of one caller that are recorded within a day. Further transcodes run, but leave no record; further jobs get RATE_LIMITED.',
    ),

  AUTHENTICATION: z
    .enum(['auto', 'required'])
    .default('auto')
    .describe(
      'Who needs credentials. `required`: every caller. `auto`: every caller, except while HOST is a loopback address and there is no JWT_SECRET, no JWKS_URL and no API key.',
    ),
  JWT_SECRET: z
    .string()
    .min(32)
    .optional()
    .describe('Secret for HS256 tokens, at least 32 characters. `POST /oauth/token` signs tokens with it.'),
  JWKS_URL: webUrl
    .optional()
    .describe('URL of the key set (JWKS) that verifies RS, PS and ES tokens. Needs JWT_ISSUER and JWT_AUDIENCE.'),
  JWT_ISSUER: optional.describe('Required `iss` of a token; any when not set. JWKS_URL needs it.'),
  JWT_AUDIENCE: optional.describe('Required `aud` of a token; any when not set. JWKS_URL needs it.'),
  TOKEN_TTL_SECONDS: count.default(3_600).describe('Lifetime of an issued token, in seconds.'),
  TRUSTED_PROXIES: listOf(parseNetwork, 'networks, such as 10.0.0.0/8, or addresses')
    .prefault('')
    .describe('Networks (CIDR) of the proxies whose `X-Forwarded-For` is trusted, separated by commas.'),
  RATE_LIMIT_PER_CALLER: count
    .default(3_000)
    .describe('Requests per minute for one caller. Further requests get RATE_LIMITED.'),
  RATE_LIMIT_PER_ADDRESS: count
    .default(6_000)
    .describe('Requests per minute from one address. Further requests get RATE_LIMITED.'),
  RATE_LIMIT_BAD_CREDENTIALS: count
    .default(20)
    .describe(
      'Wrong credentials per minute from one address. After that, unknown credentials from it get RATE_LIMITED without a lookup.',
    ),

  SECRETS_KEYS: secretsKeys
    .prefault('')
    .describe(
      'Keys that seal stored secrets, separated by commas: `ID:KEY` with 32 bytes in base64url. The first one seals, all of them open. When not set, `npm start` makes one in DATA_DIR.',
    ),

  PATH: z
    .string()
    .default('/usr/local/bin:/usr/bin:/bin')
    .describe('Folders that are searched for ffmpeg and setpriv.'),
  FFMPEG_PATH: optional.describe(
    'The ffmpeg to use. When not set: the first usable one of `/opt/bin`, the built layers, `PATH` and `ffmpeg-static`.',
  ),
  CONFINEMENT: z
    .enum(['auto', 'namespaces', 'limits'])
    .default('auto')
    .describe(
      'What ffmpeg is kept from. `auto`: everything that the kernel can keep from it. `namespaces`: also new user, network and IPC namespaces. `limits`: only its memory is limited.',
    ),
  FFMPEG_MEMORY_MIB: count
    .min(4)
    .default(256)
    .describe('Memory limit of one ffmpeg of a transcode (data segment), in MiB; at least 4. For jobs it is 2048.'),
  FFMPEG_STALL_SECONDS: seconds
    .default(20)
    .describe('Seconds without input, output or CPU use after which an ffmpeg process is stopped.'),
  FFMPEG_STOP_GRACE_SECONDS: seconds
    .default(2)
    .describe('Seconds that ffmpeg has to stop by itself before it is killed.'),

  MAX_CONCURRENT_STREAMS: count
    .default(50)
    .describe('Transcodes that one caller may run in parallel while no other caller runs any. More get OVERLOADED.'),
  RESERVED_STREAMS: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(10)
    .describe('Transcodes on top of MAX_CONCURRENT_STREAMS that are kept for callers that run fewer than others.'),
  MAX_EVENT_STREAMS: count.default(1_000).describe('Event streams that may be open in parallel, of all callers.'),
  MAX_EVENT_STREAMS_PER_CALLER: count
    .default(100)
    .describe('Event streams that one caller may have open in parallel. More get RATE_LIMITED.'),
  MAX_CPU_SECONDS: seconds
    .default(900)
    .describe(
      'CPU time that ffmpeg may use for audio of MAX_DURATION_SECONDS, in seconds; for shorter audio in proportion, but at least 60 seconds.',
    ),
  MEMORY_LIMIT_MIB: count
    .optional()
    .describe(
      'Memory of the host process and all its ffmpegs above which new work is refused, in MiB. When not set: 85 % of the memory of the machine or container.',
    ),
  MAX_DURATION_SECONDS: seconds
    .default(21_600)
    .describe('Longest audio that one transcode delivers, in seconds. A longer one is cut there.'),
  FIRST_BYTE_TIMEOUT_SECONDS: seconds
    .default(30)
    .describe(
      'Longest wait for the first byte of audio, in seconds, counted from the last bytes that ffmpeg read from the source.',
    ),
  READER_TIMEOUT_SECONDS: seconds
    .default(600)
    .describe('Seconds that a client may go without reading from its response before the connection is cut.'),
  SHUTDOWN_GRACE_SECONDS: nonNegative
    .default(30)
    .describe('Seconds that running streams, and the jobs of a runner, have to finish after SIGTERM.'),

  RUNNER_KINDS: list
    .refine((kinds) => kinds.every((kind) => kind === 'jobs'), 'must list kinds of work: jobs')
    .transform((kinds) => kinds as 'jobs'[])
    .prefault('')
    .describe(
      'Kinds of long-lived work, separated by commas: `jobs`. A runner does them; `GET /health` reports whether one runs. `npm start` sets `jobs`.',
    ),
  JOB_SLOTS: count
    .optional()
    .describe('Jobs that a runner runs at once. When not set, one less than the processors, and at least 1.'),
  JOB_OWNER_CONCURRENCY: count
    .optional()
    .describe(
      'Jobs of one caller that a runner runs at once. When not set, one less than JOB_SLOTS, and at least 1. For the function `job-worker`: those that run at once anywhere; when not set, any number.',
    ),
  JOB_WORKER_FUNCTION: optional.describe(
    'Name or ARN of the function `job-worker`, which `jobs` starts for each new job. When not set, only its schedule starts it.',
  ),
  JOB_WORKER_SECONDS: seconds
    .default(600)
    .describe(
      'Longest attempt of a job in the function `job-worker`, in seconds. A longer job is left to a runner if RUNNER_KINDS lists `jobs`, else it gets LIMIT_EXCEEDED.',
    ),
  JOB_NICENESS: nonNegative
    .int('must be a whole number')
    .max(19)
    .default(10)
    .describe(
      'Niceness of the ffmpegs and ffprobes of jobs, at most 19. With 10, they get a tenth of a processor while other processes need it.',
    ),
  JOB_PREVIEWS: count
    .default(1)
    .describe(
      'Frames of jobs that this process makes at once for `POST /api/jobs/preview`. Of several, one is kept for another caller. More get OVERLOADED.',
    ),
  MAX_JOBS_PER_CALLER: count
    .default(1_000)
    .describe('Jobs of one caller that may wait in the queue. Further ones get RATE_LIMITED.'),
  JOB_QUEUE_LENGTH: count
    .default(10_000)
    .describe('Jobs of all callers that may wait in the queue. Further ones get OVERLOADED.'),
  JOB_RESULT_DAYS: z.coerce
    .number()
    .int('must be a whole number')
    .positive()
    .max(30)
    .default(7)
    .describe('Days that the files of a completed job are kept, unless its request has `expires_in_days`; at most 30.'),
  JOB_RECORD_DAYS: z.coerce.number().positive().default(30).describe('Days that the records of ended jobs are kept.'),

  SOURCE_ALLOWED_NETWORKS: sourceNetworks
    .prefault('')
    .describe(
      'Networks that a source may be in, in addition to the public internet: CIDR with an optional `:port`, separated by commas, such as `10.0.0.0/8,127.0.0.1/32:9000`.',
    ),
  SOURCE_DENIED_NETWORKS: sourceNetworks
    .prefault('')
    .describe(
      'Networks that no source may be in and no callback may go to, even if they are public or allowed: CIDR with an optional `:port`, separated by commas.',
    ),
  SOURCE_ALLOWED_PORTS: listOf((entry) => parsePortRange('', entry), 'ports, or ranges such as 9000-9010')
    .prefault('')
    .describe(
      'Ports and ranges of ports on which public sources may listen, in addition to 80, 443 and 8000–8999, separated by commas, such as `7000,9000-9010`.',
    ),
  SOURCE_DNS_SERVERS: list
    .prefault('')
    .describe(
      'Addresses of the name servers for the hosts of sources, with an optional `:port`, separated by commas. When not set: those of the system.',
    ),
  SOURCE_BUCKETS: list
    .prefault('')
    .describe('Buckets that `s3://` sources may name, separated by commas. When not set, `npm start` uses `media`.'),
  SOURCE_CONNECT_TIMEOUT_SECONDS: seconds
    .default(10)
    .describe('Longest wait for a connection to a source, in seconds.'),
  SOURCE_HEADERS_TIMEOUT_SECONDS: seconds
    .default(10)
    .describe('Longest wait for the response headers of a source, in seconds.'),
  SOURCE_OPEN_SECONDS: seconds
    .default(60)
    .describe(
      'Longest time to open a source, in seconds: from the name lookup to its first bytes, with all redirects, and for a source that needs seeking until it is copied.',
    ),
  SOURCE_STALL_SECONDS: seconds
    .default(15)
    .describe('Window, in seconds, over which a source must deliver SOURCE_MIN_BYTES_PER_SECOND.'),
  SOURCE_MIN_BYTES_PER_SECOND: nonNegative
    .default(512)
    .describe('Slowest source that is accepted, in bytes per second.'),
  MAX_SOURCE_BYTES: count.default(4_294_967_296).describe('Largest source and largest upload, in bytes.'),
  SPOOL_DIR: optional.describe(
    'Folder for temporary files: sources that need seeking, cached audio, and the inputs and files of running jobs. The system’s folder when not set.',
  ),
  MAX_SPOOL_BYTES: count.default(536_870_912).describe('Largest source that is copied to a temporary file, in bytes.'),
  MAX_SPOOL_TOTAL_BYTES: count
    .default(4_294_967_296)
    .describe('Disk space for all sources that are copied to temporary files at a time, in bytes.'),
  DISK_RESERVE_BYTES: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(67_108_864)
    .describe(
      'Disk space in the folder of temporary files that transcodes leave free, in bytes. Jobs leave a tenth of what is free.',
    ),
  CACHE_MAX_BYTES: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(268_435_456)
    .describe(
      'Disk space for audio that is cached for identical requests, in bytes. With 0, no audio is cached or shared.',
    ),

  DESTINATION_BUCKETS: list
    .prefault('')
    .describe(
      'Buckets that the `destination` of a job’s output may name, separated by commas. S3_ACCESS_KEY_ID must be allowed to write to them.',
    ),
  CALLBACK_ALLOWED_NETWORKS: sourceNetworks
    .prefault('')
    .describe(
      'Networks that a callback may go to, in addition to port 443 of the public internet, also by http: CIDR with an optional `:port`, separated by commas.',
    ),

  S3_PORT: port.default(8091).describe('Port of the embedded S3 server; 0 picks a free port.'),
  S3_ENDPOINT: webUrl
    .optional()
    .describe('URL of the S3 server. When not set: AWS, or with `npm start` an embedded server.'),
  S3_BUCKET: optional.describe(
    'Bucket for uploads and results of jobs. In it, callers may read only their own uploads. When not set, `npm start` uses `uploads` in its embedded server, or the first of SOURCE_BUCKETS elsewhere.',
  ),
  UPLOAD_URL_SECONDS: count
    .max(604_800)
    .default(3_600)
    .describe('Lifetime of a signed upload URL, in seconds; at most 604800.'),
  MAX_STORED_BYTES_PER_CALLER: count
    .default(68_719_476_736)
    .describe(
      'Size of all uploads and job results that one caller may store, in bytes. Over it, new uploads and jobs get RATE_LIMITED.',
    ),
  MAX_OPEN_UPLOADS_PER_CALLER: count
    .default(100)
    .describe('Uploads of one caller that were started and may still arrive. Further ones get RATE_LIMITED.'),
  S3_REGION: optional.describe('Region of the buckets; AWS_REGION when not set.'),
  AWS_REGION: z.string().default('us-east-1').describe('Region of the functions; AWS Lambda sets it.'),
  AWS_LAMBDA_RUNTIME_API: optional.describe('Set by the platform only. When set, callers always need credentials.'),
  S3_ACCESS_KEY_ID: optional.describe('Access key id for the S3 server; the platform’s credentials when not set.'),
  S3_SECRET_ACCESS_KEY: optional.describe(
    'Secret access key for the S3 server; the platform’s credentials when not set.',
  ),
});

export type Config = Readonly<z.output<typeof SETTINGS>>;

/** A variable as the documentation lists it. */
export type DocumentedSetting = { readonly name: string; readonly description: string };

/** The settings that may be in a file: named by `…_FILE`, or a credential of systemd (systemd.exec(5)). */
export const SECRET_SETTINGS = [
  'DATABASE_URL',
  'JWT_SECRET',
  'SECRETS_KEYS',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
] as const satisfies readonly (keyof Config)[];

/**
 * Parses the environment, and the files with secrets that it names. An empty variable counts as not set. Throws an Error
 * with one line for each offence, which names the variable but not its value: that may be a misplaced secret.
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const present = { ...given, ...secretsFromFiles(given) };
  const result = SETTINGS.safeParse(present, { error: requirement });
  if (!result.success) {
    throw new Error(result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('\n'));
  }
  requireIssuer(result.data);
  return Object.freeze(result.data);
}

/** Returns what a variable must be, where its schema does not say it. */
function requirement(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'must be a whole number' : `must be a ${issue.expected}`;
    case 'too_small':
      if (issue.origin === 'string') return `must have at least ${issue.minimum} characters`;
      return `must be ${issue.inclusive === false ? 'greater than' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    default:
      return undefined;
  }
}

/** The keys of an issuer verify its tokens for every service. Throws an Error without the two names that tell them apart. */
function requireIssuer({ JWKS_URL, JWT_ISSUER, JWT_AUDIENCE }: Config): void {
  if (JWKS_URL === undefined || (JWT_ISSUER !== undefined && JWT_AUDIENCE !== undefined)) return;
  throw new Error('JWKS_URL needs JWT_ISSUER and JWT_AUDIENCE: without them, tokens for other services are accepted');
}

function secretsFromFiles(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { CREDENTIALS_DIRECTORY } = environment;
  const found = SECRET_SETTINGS.map((name) => {
    const named = environment[`${name}_FILE`];
    if (named !== undefined && environment[name] !== undefined) {
      throw new Error(`${name} and ${name}_FILE are both set: set one of them`);
    }
    if (named !== undefined) return [name, secretIn(named, `${name}_FILE`)];
    if (environment[name] !== undefined || CREDENTIALS_DIRECTORY === undefined) return [];
    const credential = secretIn(join(CREDENTIALS_DIRECTORY, name));
    return credential === undefined ? [] : [name, credential];
  });
  return Object.fromEntries(found.filter((entry) => entry.length > 0));
}

/** Returns the text of a file without the line end. Throws an Error if it cannot be read, and is required by a setting. */
function secretIn(file: string, setting?: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (setting === undefined && code === 'ENOENT') return undefined;
    throw new Error(`${setting ?? file} names a file that cannot be read (${code})`, { cause });
  }
}

/** Returns every variable with its description, in the order of the documentation. */
export function documentedSettings(): DocumentedSetting[] {
  return Object.entries(SETTINGS.shape).map(([name, schema]) => ({ name, description: schema.description ?? '' }));
}
