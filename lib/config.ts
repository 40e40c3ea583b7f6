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

/** Every setting: its environment variable, what it takes, its default, and what it is for (docs/reference/configuration.md). */
const SETTINGS = z.object({
  HOST: z.string().default('127.0.0.1').describe('Address the local host binds.'),
  PORT: port.default(8090).describe('Port the local host listens on; 0 takes a free one.'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe('Base URL that answers name, as callers reach the service; relative paths when absent.'),
  DATA_DIR: z
    .string()
    .default('.data')
    .describe('Folder for what a machine keeps: its id, the embedded database and the embedded S3 store.'),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least level that is logged.'),
  CORS_ORIGINS: list.prefault('*').describe('Origins a browser may call from, separated by commas; `*` for all.'),
  MAX_BODY_BYTES: count.default(65_536).describe('Largest request body.'),

  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('PostgreSQL; `npm start` runs an embedded one unless this names another. Without one nothing is kept.'),
  PGPORT: port.default(0).describe('Port of the embedded PostgreSQL; 0 takes a free one.'),
  DATABASE_MAX_CONNECTIONS: count
    .default(5)
    .describe('Connections to the database that one process opens, besides the one it is woken by.'),
  RECORD_RETENTION_DAYS: z.coerce
    .number()
    .positive()
    .default(30)
    .describe('Days that the records of transcodes that have ended are kept.'),

  AUTHENTICATION: z
    .enum(['auto', 'required'])
    .default('auto')
    .describe(
      'Who has to prove who it is: everybody (`required`), or (`auto`) nobody while bound to loopback with no JWT_SECRET, no JWKS_URL and no API key.',
    ),
  JWT_SECRET: z
    .string()
    .min(32)
    .optional()
    .describe('Secret of HS256 tokens, 32 characters at least; `POST /oauth/token` signs with it.'),
  JWKS_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where the keys of RS and ES tokens are found.'),
  JWT_ISSUER: optional.describe('What `iss` of a token must be; anything when absent.'),
  JWT_AUDIENCE: optional.describe('What `aud` of a token must be; anything when absent.'),
  TOKEN_TTL_SECONDS: count.default(3_600).describe('How long an issued token is valid.'),
  TRUSTED_PROXIES: list
    .prefault('')
    .describe('Networks (CIDR) of the proxies whose `X-Forwarded-For` is believed, separated by commas.'),
  RATE_LIMIT_PER_CALLER: count
    .default(3_000)
    .describe('Requests a minute of one caller; more are answered RATE_LIMITED.'),
  RATE_LIMIT_PER_ADDRESS: count.default(6_000).describe('Requests a minute from one address.'),
  RATE_LIMIT_BAD_CREDENTIALS: count
    .default(20)
    .describe('Wrong credentials a minute from one address, behind which unknown ones are not looked at any more.'),

  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin').describe('Where ffmpeg and setpriv are looked for.'),
  FFMPEG_PATH: optional.describe(
    'The ffmpeg to use; when absent, the first usable one of `/opt/bin`, the built layers, `PATH` and `ffmpeg-static`.',
  ),
  FFMPEG_MEMORY_MIB: count
    .min(4)
    .default(256)
    .describe('Memory bound of one ffmpeg process (data segment), MiB; 4 at the least.'),
  FFMPEG_STALL_SECONDS: seconds
    .default(20)
    .describe('An ffmpeg that neither takes nor gives anything for so long is ended.'),
  FFMPEG_STOP_GRACE_SECONDS: seconds.default(2).describe('Time between asking ffmpeg to stop and killing it.'),

  MAX_CONCURRENT_STREAMS: count.default(50).describe('Transcodes at once; more are answered OVERLOADED.'),
  MEMORY_LIMIT_MIB: count
    .optional()
    .describe(
      'Memory of host and all ffmpeg above which new work is refused; 85 % of what the machine or container has when absent.',
    ),
  MAX_DURATION_SECONDS: seconds.default(21_600).describe('Longest audio one transcode delivers; it breaks off there.'),
  FIRST_BYTE_TIMEOUT_SECONDS: seconds
    .default(30)
    .describe('Longest wait for the first byte of audio while ffmpeg takes nothing more of the source.'),
  READER_TIMEOUT_SECONDS: seconds
    .default(600)
    .describe('Longest pause of a reader that takes nothing of an answer; it breaks off then.'),
  SHUTDOWN_GRACE_SECONDS: nonNegative.default(30).describe('Time running streams have to end after SIGTERM.'),

  SOURCE_ALLOWED_NETWORKS: list
    .prefault('')
    .describe(
      'Networks a source may be in besides the public internet: CIDR with an optional `:port`, separated by commas.',
    ),
  SOURCE_BUCKETS: list.prefault('').describe('Buckets `s3://` sources may name, separated by commas.'),
  SOURCE_CONNECT_TIMEOUT_SECONDS: seconds.default(10).describe('Longest wait for a connection to a source.'),
  SOURCE_HEADERS_TIMEOUT_SECONDS: seconds.default(10).describe('Longest wait for the headers of a source.'),
  SOURCE_STALL_SECONDS: seconds
    .default(15)
    .describe('Window over which a source must bring SOURCE_MIN_BYTES_PER_SECOND.'),
  SOURCE_MIN_BYTES_PER_SECOND: nonNegative.default(512).describe('Slowest source that is still waited for.'),
  MAX_SOURCE_BYTES: count.default(4_294_967_296).describe('Largest source.'),
  SPOOL_DIR: optional.describe(
    'Folder for temporary files: sources that need seeking, and audio that is kept; the system’s when absent.',
  ),
  MAX_SPOOL_BYTES: count.default(536_870_912).describe('Largest source that is spooled.'),
  CACHE_MAX_BYTES: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(268_435_456)
    .describe('Room on disk for audio that is kept for who asks for the same again; with 0 none is kept or shared.'),

  S3_PORT: port.default(8091).describe('Port of the embedded S3 server; 0 takes a free one.'),
  S3_ENDPOINT: z
    .url()
    .optional()
    .describe('S3 server; AWS when absent. `npm start` runs an embedded one unless this names another.'),
  S3_BUCKET: optional.describe(
    'The service’s own bucket: uploads go there, and its objects are their callers’ own. `npm start` takes the first of SOURCE_BUCKETS.',
  ),
  UPLOAD_URL_SECONDS: count.max(604_800).default(3_600).describe('How long a signed upload URL is valid.'),
  S3_REGION: optional.describe('Region of the buckets; AWS_REGION when absent.'),
  AWS_REGION: z.string().default('us-east-1').describe('Region of the platform, which sets it itself.'),
  AWS_LAMBDA_RUNTIME_API: optional.describe('Set by the platform alone: where it is, callers are always asked.'),
  S3_ACCESS_KEY_ID: optional.describe('Credentials for the S3 server; the platform’s own when absent.'),
  S3_SECRET_ACCESS_KEY: optional.describe('Credentials for the S3 server; the platform’s own when absent.'),
});

export type Config = Readonly<z.output<typeof SETTINGS>>;

/** One variable as the documentation lists it. */
export type DocumentedSetting = { readonly name: string; readonly description: string };

/** Parses the environment once. Empty variables count as absent. Throws an Error that names every bad variable. */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = SETTINGS.safeParse(present);
  if (result.success) return Object.freeze(result.data);
  const offences = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`the environment is not usable:\n  ${offences.join('\n  ')}`);
}

/** Every variable with its description, in the order of the documentation. */
export function documentedSettings(): DocumentedSetting[] {
  return Object.entries(SETTINGS.shape).map(([name, schema]) => ({ name, description: schema.description ?? '' }));
}
