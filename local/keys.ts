import { parseArgs } from 'node:util';
import { loadConfig } from '#lib/config.ts';
import { SCOPES, scopesOf } from '#lib/identity/caller.ts';
import { createKeyAdministration, type KeyAdministration } from '#lib/identity/keys/key-administration.ts';
import type { KeyRecord } from '#lib/identity/keys/key-store.ts';
import { isSubject } from '#lib/identity/subject.ts';
import { createSecrets } from '#lib/secrets/sealed.ts';
import { openStore, type Store } from '#lib/services/store.ts';
import { createApiKeys } from '#lib/store/api-keys.ts';
import { rotateSecrets, SEALED_COLUMNS } from '#lib/store/sealed-columns.ts';
import { reachDatabase } from './keys-database.ts';
import { secretsKeysOf } from './secrets-keys.ts';

/**
 * `npm run keys -- create | list | revoke | rotate-secrets`: manages keys without the service. Standard output has only
 * the key that `create` made, or the lines of `list`. Messages for people go to standard error.
 */
const USAGE = `usage: npm run -s keys -- create --scope SCOPE [--scope SCOPE …] [--name NAME] [--subject SUBJECT] [--expires-in-days DAYS]
       npm run -s keys -- list
       npm run -s keys -- revoke ID
       npm run -s keys -- rotate-secrets

SCOPE is one of ${SCOPES.join(', ')}. Separate several with commas.
rotate-secrets seals all stored secrets with the first key of SECRETS_KEYS.
The database is DATABASE_URL, or the embedded one under DATA_DIR, with or without a running npm start.`;

/** An error in the command line. */
class UsageError extends Error {}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

type Command = (store: Store) => Promise<void>;
type KeyCommand = (keys: KeyAdministration) => Promise<void>;

/** A command for API keys. */
function forKeys(command: KeyCommand): Command {
  return (store) => command(createKeyAdministration(createApiKeys(store)));
}

function commandOf(args: string[]): Command {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      scope: { type: 'string', multiple: true, default: [] },
      name: { type: 'string' },
      subject: { type: 'string' },
      'expires-in-days': { type: 'string' },
    },
  });
  const [command, id, ...rest] = positionals;
  if (command === 'create' && id === undefined) return forKeys(create(values));
  if (command === 'list' && id === undefined) return forKeys(list);
  if (command === 'revoke' && id !== undefined && rest.length === 0) return forKeys(revoke(id));
  if (command === 'rotate-secrets' && id === undefined) return rotate;
  throw new UsageError(command === undefined ? 'a command is missing' : `"${positionals.join(' ')}" is not a command`);
}

type CreateValues = {
  readonly scope: string[];
  readonly name?: string;
  readonly subject?: string;
  readonly 'expires-in-days'?: string;
};

function create({ scope, name = 'command line', subject, 'expires-in-days': days }: CreateValues): KeyCommand {
  const scopes = scope.flatMap((names) => names.split(',')).map((each) => each.trim());
  if (scopes.length === 0) throw new UsageError('--scope is missing');
  const unknown = scopes.find((each) => scopesOf([each]).length === 0);
  if (unknown !== undefined) throw new UsageError(`"${unknown}" is not a scope`);
  for (const text of [name, subject]) {
    if (text !== undefined && !isSubject(text))
      throw new UsageError('names must be printable text of at most 255 characters');
  }
  const expiresInDays = days === undefined ? undefined : Number(days);
  if (expiresInDays !== undefined && !(expiresInDays > 0 && expiresInDays <= 36_500)) {
    throw new UsageError('--expires-in-days must be a number of days');
  }
  return async (keys) => {
    const { record, key } = await keys.create({
      name,
      subject,
      scopes: SCOPES.filter((each) => scopes.includes(each)),
      expiresInDays,
    });
    print(key);
    say(
      `${describe(record)}\nThe key is shown only once. Send it as X-Api-Key, or get a token for it at /oauth/token.`,
    );
    say('The service on this machine now requires credentials. Behind a proxy, also set AUTHENTICATION=required.');
  };
}

async function list(keys: KeyAdministration): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await keys.list(cursor);
    for (const record of page.keys) print(describe(record));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

function revoke(id: string): KeyCommand {
  return async (keys) => {
    // Also accepts the key itself, which is more often at hand than its id.
    const [, bare = id] = /^(?:ffk_)?([0-9a-f]{16})(?:_.*)?$/.exec(id) ?? [];
    await keys.revoke(bare);
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

function describe({ id, name, subject, scopes, createdAt, expiresAt }: KeyRecord): string {
  const until = expiresAt === null ? 'never expires' : `expires ${expiresAt.toISOString()}`;
  return [id, scopes.join(','), subject, `created ${createdAt.toISOString()}`, until, name].join('\t');
}

async function run(args: string[]): Promise<void> {
  const command = commandOf(args);
  await using database = await reachDatabase();
  const store = openStore({ ...loadConfig(), DATABASE_URL: database.url });
  try {
    if (store !== undefined) await command(store);
  } finally {
    await store?.close();
  }
}

await run(process.argv.slice(2)).catch((error: Error & { code?: string }) => {
  const usage = error instanceof UsageError || error.code?.startsWith('ERR_PARSE_ARGS') === true;
  say(usage ? `${error.message}\n\n${USAGE}` : error.message);
  process.exitCode = usage ? 2 : 1;
});
