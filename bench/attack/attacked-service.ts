import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '#lib/identity/caller.ts';
import type { NewKey } from '#lib/identity/keys/key-administration.ts';
import { eventually } from '../../test/support/eventually.ts';
import { JWT_SECRET } from '../../test/support/jwt.ts';
import { newKey } from '../../test/support/keys.ts';
import { storeOf } from '../../test/support/store.ts';
import { type RunningSystem, startRunningSystem } from '../soak/running-system.ts';

/** `npm start` with credentials, PostgreSQL and S3. `await using` stops it and removes its data. */
export type AttackedService = AsyncDisposable & {
  readonly url: string;
  readonly s3Url: string;
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** The id of the host's process. */
  readonly hostPid: number;
  /** Creates an API key. */
  key(scopes: readonly Scope[], wanted?: Partial<NewKey>): Promise<string>;
};

/** Starts one whose sources may be on this machine. */
export async function startAttackedService(settings: NodeJS.ProcessEnv = {}): Promise<AttackedService> {
  await using stack = new AsyncDisposableStack();
  const dataDir = mkdtempSync(join(tmpdir(), 'attack-'));
  stack.defer(() => rmSync(dataDir, { recursive: true }));
  const system: RunningSystem = stack.use(
    await startRunningSystem({
      dataDir,
      logFile: join(dataDir, 'attack.log'),
      settings: {
        AUTHENTICATION: 'required',
        JWT_SECRET,
        SOURCE_ALLOWED_NETWORKS: '127.0.0.0/8',
        SHUTDOWN_GRACE_SECONDS: '0',
        LOG_LEVEL: 'warn',
        ...settings,
      },
    }),
  );
  stack.defer(async () => void (await system.stop()));
  const store = storeOf({ after: (close) => stack.defer(close) }, system.databaseUrl);
  const hostPid = await eventually(() => system.host() ?? Promise.reject(new Error('there is no host')));
  const owned = stack.move();
  const { url, s3Url, databaseUrl } = system;
  return {
    url,
    s3Url,
    dataDir,
    databaseUrl,
    hostPid,
    key: (scopes, wanted) => newKey(store, scopes, wanted),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
