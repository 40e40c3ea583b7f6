import { parseArgs } from 'node:util';
import { loadConfig } from '#lib/config.ts';
import { SCOPES, scopesOf } from '#lib/identity/caller.ts';
import { createKeyAdministration, type KeyAdministration } from '#lib/identity/keys/key-administration.ts';
import { KEY_LIMITS, type KeyLimits } from '#lib/identity/keys/key-limits.ts';
import type { KeyRecord } from '#lib/identity/keys/key-store.ts';
import { isSubject } from '#lib/identity/subject.ts';
import { createSecrets } from '#lib/secrets/sealed.ts';
import { openStore, type Store } from '#lib/services/store.ts';
import { createApiKeys } from '#lib/store/api-keys.ts';
import { rotateSecrets, SEALED_COLUMNS } from '#lib/store/sealed-columns.ts';
import { reachDatabase } from './keys-database.ts';
import { secretsKeysOf } from './secrets-keys.ts';

const MOST_DAYS = 36_500;

/**
 * `npm run keys -- create | list | revoke | rotate-secrets`: manages keys without the service. Standard output has only
 * the key that `create` made, the lines of `list`, or the help. Messages for people go to standard error.
 */
const USAGE = `usage: npm run -s keys -- create --scope SCOPE [--scope SCOPE …] [--name NAME] [--subject SUBJECT] [--expires-in-days DAYS] [--limit NAME=NUMBER …]
       npm run -s keys -- list
       npm run -s keys -- revoke ID
       npm run -s keys -- rotate-secrets

SCOPE is one of ${SCOPES.join(', ')}. Separate several with commas.
DAYS is a number above 0, at most ${MOST_DAYS}. Without it, the key never expires.
NAME is one of ${KEY_LIMITS.keyof().options.join(', ')}.
rotate-secrets seals all stored secrets with the first key of SECRETS_KEYS.
The database is DATABASE_URL, or the embedded one under DATA_DIR, with or without a running npm start.`;

/** An error in the command line. */
class UsageError extends Error {}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

type Command = (store: Store) => Promise<void>;

/** Returns undefined for a request for help. */
function commandOf(args: string[]): Command | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      scope: { type: 'string', multiple: true, default: [] },
      name: { type: 'string' },
      subject: { type: 'string' },
      'expires-in-days': { type: 'string' },
      limit: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return undefined;
  const [command, id, ...rest] = positionals;
  if (command === 'create' && id === undefined) return create(values);
  if (command === 'list' && id === undefined) return list;
  if (command === 'revoke' && id !== undefined && rest.length === 0) return revoke(id);
  if (command === 'rotate-secrets' && id === undefined) return rotate;
  throw new UsageError(command === undefined ? 'a command is missing' : `"${positionals.join(' ')}" is not a command`);
}

type CreateValues = {
  readonly scope: string[];
  readonly name?: string;
  readonly subject?: string;
  readonly 'expires-in-days'?: string;
  readonly limit: string[];
};

function create({ scope, name = 'command line', subject, 'expires-in-days': days, limit }: CreateValues): Command {
  const scopes = scope.flatMap((names) => names.split(',')).map((each) => each.trim());
  if (scopes.length === 0) throw new UsageError('--scope is missing');
  const unknown = scopes.find((each) => scopesOf([each]).length === 0);
  if (unknown !== undefined) throw new UsageError(`--scope: "${unknown}" is not one of ${SCOPES.join(', ')}`);
  for (const [option, text] of Object.entries({ '--name': name, '--subject': subject })) {
    if (text !== undefined && !isSubject(text)) {
      throw new UsageError(`${option} must be printable text of 1 to 255 characters`);
    }
  }
  const expiresInDays = days === undefined ? undefined : Number(days);
  if (expiresInDays !== undefined && !(expiresInDays > 0 && expiresInDays <= MOST_DAYS)) {
    throw new UsageError(`--expires-in-days must be a number above 0, at most ${MOST_DAYS}`);
  }
  const limits = parseLimits(limit);
  return async (store) => {
    const wasOpen = await isOpenWithoutKeys(store);
    const { record, key } = await administrationOf(store).create({
      name,
      subject,
      scopes: SCOPES.filter((each) => scopes.includes(each)),
      expiresInDays,
      limits,
    });
    print(key);
    say(
      `${describe(record)}\nThe key is shown only once. Send it as X-Api-Key, or get a token for it at /oauth/token.`,
    );
    if (wasOpen) {
      say(
        'A service on this machine was open. It now requires credentials. Behind a proxy, set AUTHENTICATION=required.',
      );
    }
  };
}

function parseLimits(options: readonly string[]): KeyLimits {
  const pairs = options.map((option) => {
    const [, name = '', number = ''] = /^(\w+)=([\d.]+)$/.exec(option) ?? [];
    return [name, Number(number)] as const;
  });
  const { data, error } = KEY_LIMITS.safeParse(Object.fromEntries(pairs));
  if (data !== undefined) return data;
  const offence = error.issues[0]?.message ?? 'not valid';
  throw new UsageError(`--limit: ${offence}; write NAME=NUMBER, such as places=10`);
}

/** Returns whether the first key closes a service that has the settings of this command. */
async function isOpenWithoutKeys(store: Store): Promise<boolean> {
  const { AUTHENTICATION, JWT_SECRET, JWKS_URL } = loadConfig();
  if (AUTHENTICATION === 'required' || JWT_SECRET !== undefined || JWKS_URL !== undefined) return false;
  return !(await createApiKeys(store).hasUsable());
}

function administrationOf(store: Store): KeyAdministration {
  return createKeyAdministration(createApiKeys(store));
}

async function list(store: Store): Promise<void> {
  const keys = administrationOf(store);
  let cursor: string | undefined;
  do {
    const page = await keys.list(cursor);
    for (const record of page.keys) print(describe(record));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

function revoke(id: string): Command {
  return async (store) => {
    // Also accepts the key itself, which is more often at hand than its id.
    const [, bare = id] = /^(?:ffk_)?([0-9a-f]{16})(?:_.*)?$/.exec(id) ?? [];
    await administrationOf(store).revoke(bare);
    say(`${bare} is revoked`);
  };
}

async function rotate({ database }: Store): Promise<void> {
  const { SECRETS_KEYS } = loadConfig({ ...process.env, ...secretsKeysOf(process.env, { create: false }) });
  const [first] = SECRETS_KEYS;
  if (first === undefined) throw new Error('there is no key: set SECRETS_KEYS');
  const columns = await rotateSecrets(database, { secrets: createSecrets(SECRETS_KEYS), columns: SEALED_COLUMNS });
  for (const { name, resealed, current, unreadable } of columns) {
    say(`${name}: ${resealed} sealed again, ${current} current, ${unreadable.length} unreadable`);
    for (const id of unreadable) say(`  ${id} is unreadable: its key is not in SECRETS_KEYS`);
    if (unreadable.length > 0) process.exitCode = 1;
  }
  const rows = columns.reduce((sum, { resealed, current }) => sum + resealed + current, 0);
  say(`${rows} secrets are sealed with the key ${first.id}`);
}

function describe({ id, name, subject, scopes, limits, createdAt, expiresAt }: KeyRecord): string {
  const until = expiresAt === null ? 'never expires' : `expires ${expiresAt.toISOString()}`;
  const limited = Object.entries(limits).map(([limit, value]) => `${limit}=${value}`);
  const columns = [id, scopes.join(','), subject, `created ${createdAt.toISOString()}`, until, name];
  return [...columns, ...(limited.length === 0 ? [] : [limited.join(',')])].join('\t');
}

async function run(args: string[]): Promise<void> {
  const command = commandOf(args);
  if (command === undefined) return print(USAGE);
  await using database = await reachDatabase();
  const store = openStore({ ...loadConfig(), DATABASE_URL: database.url });
  if (store === undefined) throw new Error('API keys need a database: set DATABASE_URL');
  try {
    await command(store);
  } finally {
    await store.close();
  }
}

await run(process.argv.slice(2)).catch((error: Error & { code?: string }) => {
  const usage = error instanceof UsageError || error.code?.startsWith('ERR_PARSE_ARGS') === true;
  say(usage ? `${error.message}\n\n${USAGE}` : error.message);
  process.exitCode = usage ? 2 : 1;
});
