import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startServer } from '../../../local/postgres/server.ts';
import { childrenOf, gone } from '../../support/leaks.ts';
import { query } from '../../support/query.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';

const PATH = process.env['PATH'] ?? '';
const OWNER = fileURLToPath(new URL('fixtures/owner.ts', import.meta.url));

function start(folder: ScratchFolder) {
  return startServer({ dataDir: folder.path, port: 0, path: PATH });
}

/** A separate process that has started PostgreSQL. */
async function startOwner(folder: ScratchFolder, as: { uid?: number; gid?: number } = {}) {
  const owner: ChildProcess = spawn(process.execPath, [OWNER, folder.path], {
    ...as,
    env: { PATH },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (owner.stdout === null) throw new Error('the owner has no output');
  const [line] = await Promise.race([
    once(createInterface(owner.stdout), 'line'),
    once(owner, 'exit').then(([code]) => Promise.reject(new Error(`the owner has exited with ${code}`))),
  ]);
  const server: { pid: number; url: string } = JSON.parse(line);
  return { owner, ...server, pids: [server.pid, ...childrenOf(server.pid).map(({ pid }) => pid)] };
}

for (const [who, as] of [
  ['the same user', {}],
  ['a user that is not root', { uid: 65_534, gid: 65_534 }],
] as const) {
  const skip = process.getuid?.() === 0 || !('uid' in as) ? false : 'only root may be another user';
  test(`shuts down within seconds when its owner, ${who}, is killed`, { skip }, async () => {
    using folder = scratchFolder();
    if ('uid' in as) chownSync(folder.path, as.uid, as.gid);
    const { owner, url, pids } = await startOwner(folder, as);
    await query(url, 'SELECT 1');
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    await gone(pids, 3_000);
    assert.ok(!existsSync(folder.file('postgres/postmaster.pid')), 'it did not shut down cleanly');
  });
}

test('kills a frozen backend of a killed server before it starts', async () => {
  using folder = scratchFolder();
  const first = await start(folder);
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  const client = new pg.Client(first.url);
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  const { pid } = rows[0];
  process.kill(pid, 'SIGSTOP');
  process.kill(first.pid, 'SIGKILL');
  assert.equal((await first.ended).status, 'SIGKILL');

  const second = await start(folder);
  await gone([pid], 0);
  assert.deepEqual(await query(second.url, 'SELECT answer FROM kept'), [{ answer: 42 }]);
  assert.equal((await second.stop()).status, 0);
  await client.end().catch(() => undefined);
});

test('stops a server that outlived its owner before it starts', async () => {
  using folder = scratchFolder();
  const first = await start(folder);
  const second = await start(folder);
  assert.equal((await first.ended).status, 0);
  await query(second.url, 'SELECT 1');
  assert.equal((await second.stop()).status, 0);
});

test('starts despite a lock file with the process id of another process', async () => {
  using folder = scratchFolder();
  const first = await start(folder);
  const lockFile = folder.file('postgres/postmaster.pid');
  const lines = readFileSync(lockFile, 'utf8').split('\n');
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  await using stranger = sleeper();
  writeFileSync(lockFile, [stranger.pid, ...lines.slice(1)].join('\n'));
  const second = await start(folder);
  await query(second.url, 'SELECT 1');
  assert.equal((await second.stop()).status, 0);
});

function sleeper() {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

test('recreates a data folder whose creation was interrupted by a crash', async () => {
  using folder = scratchFolder();
  mkdirSync(folder.file('postgres.new/data/base'), { recursive: true });
  writeFileSync(folder.file('postgres.new/data/PG_VERSION'), '18\n');
  const server = await start(folder);
  await query(server.url, 'SELECT 1');
  assert.ok(!existsSync(folder.file('postgres.new')));
  assert.equal((await server.stop()).status, 0);
});
