import { readFile } from 'node:fs/promises';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';

/**
 * The account that PostgreSQL runs as, because it refuses to run as root: this user; this user under another number in
 * a user namespace, which can access root's files; or another user, which can access only files that are open to all.
 */
export type Account =
  | { readonly kind: 'this user' }
  | ({ readonly kind: 'user namespace'; readonly unshare: string } & UserIds)
  | ({ readonly kind: 'other user' } & UserIds);

export type UserIds = { readonly uid: number; readonly gid: number };

export type Command = { readonly file: string; readonly args: readonly string[]; readonly as?: UserIds };

/** Returns the accounts to try, best first. */
export async function possibleAccounts(path: string): Promise<Account[]> {
  if (process.getuid?.() !== 0) return [{ kind: 'this user' }];
  const identity = await unprivileged();
  const unshare = findOnPath('unshare', path);
  return [
    ...(unshare === undefined ? [] : [{ kind: 'user namespace', unshare, ...identity } as const]),
    { kind: 'other user', ...identity },
  ];
}

/** Returns the command that runs as this account. The spawned process is the program's own. */
export function asAccount(account: Account, file: string, args: readonly string[]): Command {
  switch (account.kind) {
    case 'this user':
      return { file, args };
    case 'user namespace': {
      const { unshare, uid, gid } = account;
      return { file: unshare, args: ['--user', `--map-user=${uid}`, `--map-group=${gid}`, '--', file, ...args] };
    }
    case 'other user':
      return { file, args, as: { uid: account.uid, gid: account.gid } };
  }
}

/** Returns the owner of the account's files, as this process sees it. */
export function ownerOf(account: Account): UserIds {
  return account.kind === 'other user'
    ? { uid: account.uid, gid: account.gid }
    : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}

/** PostgreSQL's programs look up their user's name, so the user must exist on this machine. */
async function unprivileged(): Promise<UserIds> {
  const users = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid }) => uid > 0);
  const found = ['postgres', 'nobody'].map((name) => users.find((user) => user.name === name)).find(Boolean);
  const { uid, gid } = found ?? users[0] ?? { uid: NOBODY, gid: NOBODY };
  return { uid, gid };
}

const NOBODY = 65_534;
