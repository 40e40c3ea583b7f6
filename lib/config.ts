import { z } from 'zod';

const count = z.coerce.number().int().positive();
const seconds = z.coerce.number().positive();
const list = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== ''))
  .pipe(z.array(z.string()));
const optional = z.string().min(1).optional();
const port = z.coerce.number().int().min(0).max(65_535);
const nonNegative = z.coerce.number().nonnegative();

/** Every setting: its environment variable, type, default and description (docs/reference/configuration.md). */
const SETTINGS = z.object({
  HOST: z.string().default('127.0.0.1').describe('Address on which the service listens, outside of AWS Lambda.'),
  PORT: port.default(8090).describe('Port on which the service listens, outside of AWS Lambda; 0 picks a free port.'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
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
  MAX_BODY_BYTES: count.default(65_536).describe('Largest request body, in bytes.'),

  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
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
  JWKS_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('URL of the key set (JWKS) that verifies RS, PS and ES tokens.'),
  JWT_ISSUER: optional.describe('Required `iss` of a token; any when not set.'),
  JWT_AUDIENCE: optional.describe('Required `aud` of a token; any when not set.'),
  TOKEN_TTL_SECONDS: count.default(3_600).describe('Lifetime of an issued token, in seconds.'),
  TRUSTED_PROXIES: list
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

  PATH: z
    .string()
    .default('/usr/local/bin:/usr/bin:/bin')
    .describe('Folders that are searched for ffmpeg and setpriv.'),
  FFMPEG_PATH: optional.describe(
    'The ffmpeg to use. When not set: the first usable one of `/opt/bin`, the built layers, `PATH` and `ffmpeg-static`.',
  ),
  FFMPEG_MEMORY_MIB: count
    .min(4)
    .default(256)
    .describe('Memory limit of one ffmpeg process (data segment), in MiB; at least 4.'),
  FFMPEG_STALL_SECONDS: seconds
    .default(20)
    .describe('Seconds without input, output or CPU use after which an ffmpeg process is stopped.'),
  FFMPEG_STOP_GRACE_SECONDS: seconds
    .default(2)
    .describe('Seconds that ffmpeg has to stop by itself before it is killed.'),

  MAX_CONCURRENT_STREAMS: count
    .default(50)
    .describe('Transcodes that may run in parallel. Further requests get OVERLOADED.'),
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
    .describe('Seconds that running streams have to finish after SIGTERM.'),

  SOURCE_ALLOWED_NETWORKS: list
    .prefault('')
    .describe(
      'Networks that a source may be in, in addition to the public internet: CIDR with an optional `:port`, separated by commas, such as `10.0.0.0/8,127.0.0.1/32:9000`.',
    ),
  SOURCE_DENIED_NETWORKS: list
    .prefault('')
    .describe(
      'Networks that no source may be in, even if they are public or in SOURCE_ALLOWED_NETWORKS: CIDR with an optional `:port`, separated by commas.',
    ),
  SOURCE_ALLOWED_PORTS: list
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
  SOURCE_STALL_SECONDS: seconds
    .default(15)
    .describe('Window, in seconds, over which a source must deliver SOURCE_MIN_BYTES_PER_SECOND.'),
  SOURCE_MIN_BYTES_PER_SECOND: nonNegative
    .default(512)
    .describe('Slowest source that is accepted, in bytes per second.'),
  MAX_SOURCE_BYTES: count.default(4_294_967_296).describe('Largest source and largest upload, in bytes.'),
  SPOOL_DIR: optional.describe(
    'Folder for temporary files: sources that need seeking, and cached audio. The system’s folder when not set.',
  ),
  MAX_SPOOL_BYTES: count.default(536_870_912).describe('Largest source that is copied to a temporary file, in bytes.'),
  CACHE_MAX_BYTES: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(268_435_456)
    .describe(
      'Disk space for audio that is cached for identical requests, in bytes. With 0, no audio is cached or shared.',
    ),

  S3_PORT: port.default(8091).describe('Port of the embedded S3 server; 0 picks a free port.'),
  S3_ENDPOINT: z
    .url()
    .optional()
    .describe('URL of the S3 server. When not set: AWS, or with `npm start` an embedded server.'),
  S3_BUCKET: optional.describe(
    'Bucket for uploads. In it, callers may read only their own uploads. When not set, `npm start` uses `uploads` in its embedded server, or the first of SOURCE_BUCKETS elsewhere.',
  ),
  UPLOAD_URL_SECONDS: count
    .max(604_800)
    .default(3_600)
    .describe('Lifetime of a signed upload URL, in seconds; at most 604800.'),
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

/** Parses the environment. An empty variable counts as not set. Throws an Error that names every invalid variable. */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = SETTINGS.safeParse(present);
  if (result.success) return Object.freeze(result.data);
  const offences = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`invalid environment variables:\n  ${offences.join('\n  ')}`);
}

/** Returns every variable with its description, in the order of the documentation. */
export function documentedSettings(): DocumentedSetting[] {
  return Object.entries(SETTINGS.shape).map(([name, schema]) => ({ name, description: schema.description ?? '' }));
}
