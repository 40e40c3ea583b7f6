import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { startServer } from '../../../local/postgres/server.ts';
import { freePorts } from '../../support/free-ports.ts';
import { childrenOf } from '../../support/leaks.ts';
import { query } from '../../support/query.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';

const PATH = process.env['PATH'] ?? '';
const NOT_ROOT = process.getuid?.() === 0 ? false : 'only root may be another user';

function start(folder: ScratchFolder, { port = 0, path = PATH } = {}) {
  return startServer({ dataDir: folder.path, port, path });
}

function mode(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}

test('creates a private data folder in UTF-8, and keeps it over a restart', async () => {
  using folder = scratchFolder();
  const first = await start(folder);
  const [settings] = await query(
    first.url,
    `SELECT pg_encoding_to_char(encoding) AS encoding, datcollate, current_setting('max_connections')::int AS connections
     FROM pg_database WHERE datname = current_database()`,
  );
  assert.deepEqual(settings, { encoding: 'UTF8', datcollate: 'C', connections: 200 });
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  assert.equal((await first.stop()).status, 0);
  assert.equal(mode(folder.file('postgres')), '700');
  assert.deepEqual(readdirSync(folder.path), ['postgres']);
  const second = await start(folder);
  assert.deepEqual(await query(second.url, 'SELECT answer FROM kept'), [{ answer: 42 }]);
  assert.equal((await second.stop()).status, 0);
});

test('accepts only connections with the password, which other users cannot read', async () => {
  using folder = scratchFolder();
  const server = await start(folder);
  const { password } = new URL(server.url);
  assert.ok(password.length >= 32);
  assert.equal(mode(folder.file('postgres/superuser.password')), '600');
  for (const pid of [server.pid, ...childrenOf(server.pid).map((child) => child.pid)]) {
    for (const file of ['cmdline', 'environ']) {
      assert.ok(!readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(password), `${file} of ${pid}`);
    }
  }
  const wrong = new URL(server.url);
  wrong.password = 'postgres';
  await assert.rejects(query(wrong.href, 'SELECT 1'), /password authentication failed/);
  const { lastWords } = await server.stop();
  assert.ok(!lastWords.includes(password));
});

test('listens on 127.0.0.1 only, and on no socket file', async () => {
  using folder = scratchFolder();
  const server = await start(folder);
  const others = Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.filter(({ address, scopeid }) => address !== '127.0.0.1' && !scopeid),
  );
  for (const { address, family } of others) {
    const elsewhere = new URL(server.url);
    elsewhere.hostname = family === 'IPv6' ? `[${address}]` : address;
    await assert.rejects(query(elsewhere.href, 'SELECT 1'), { code: 'ECONNREFUSED' });
  }
  const [row] = await query(server.url, `SELECT current_setting('unix_socket_directories') AS folders`);
  assert.deepEqual(row, { folders: '' });
  await server.stop();
});

test('stops cleanly at once, whatever its clients do', async () => {
  using folder = scratchFolder();
  const server = await start(folder);
  const asleep = assert.rejects(query(server.url, 'SELECT pg_sleep(60)'), /terminat/);
  await query(server.url, `SELECT 1`);
  const startedAt = performance.now();
  assert.equal((await server.stop()).status, 0);
  assert.ok(performance.now() - startedAt < 5_000);
  await asleep;
});

test('listens on the requested port, and reports when it is in use', async () => {
  using folder = scratchFolder();
  const [port = 0] = await freePorts(1);
  const server = await start(folder, { port });
  assert.equal(new URL(server.url).port, String(port));
  await server.stop();
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  await assert.rejects(start(folder, { port }), /did not start.*could not bind.*Address already in use/s);
  other.close();
});

test('does not touch a data folder of another version, and reports the remedy', async () => {
  using folder = scratchFolder();
  mkdirSync(folder.file('postgres'), { mode: 0o700 });
  writeFileSync(folder.file('postgres/PG_VERSION'), '12\n');
  await assert.rejects(start(folder), (error: Error) => {
    assert.match(error.message, /was written by PostgreSQL 12, but the embedded one is \d+.*pg_dump/);
    assert.ok(error.message.includes(folder.file('postgres')));
    return true;
  });
  assert.deepEqual(readdirSync(folder.file('postgres')), ['PG_VERSION']);
});

/** A PATH without `unshare`, which has the effect of a machine that forbids user namespaces. */
function pathWithoutNamespaces(folder: ScratchFolder): string {
  const tools = folder.file('tools');
  mkdirSync(tools);
  chmodSync(folder.path, 0o755);
  const setpriv = findOnPath('setpriv', PATH);
  if (setpriv !== undefined) symlinkSync(setpriv, join(tools, 'setpriv'));
  return tools;
}

test('runs as another user when root has no user namespaces and that user can access the folder', {
  skip: NOT_ROOT,
}, async () => {
  using tools = scratchFolder();
  using folder = scratchFolder();
  chmodSync(folder.path, 0o755);
  const path = pathWithoutNamespaces(tools);
  const server = await start(folder, { path });
  assert.notEqual(statSync(`/proc/${server.pid}`).uid, 0);
  assert.equal(statSync(folder.file('postgres')).uid, statSync(`/proc/${server.pid}`).uid);
  await query(server.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  assert.equal((await server.stop()).status, 0);
  // The same data, again in a user namespace.
  const again = await start(folder);
  assert.deepEqual(await query(again.url, 'SELECT answer FROM kept'), [{ answer: 42 }]);
  assert.equal(statSync(folder.file('postgres')).uid, 0);
  assert.equal((await again.stop()).status, 0);
});

test('reports the remedy when root has no user namespaces and no other user can access the folder', {
  skip: NOT_ROOT,
}, async () => {
  using tools = scratchFolder();
  using folder = scratchFolder();
  const inside = { ...folder, path: folder.file('data') };
  await assert.rejects(start(inside, { path: pathWithoutNamespaces(tools) }), (error: Error) => {
    assert.match(error.message, /cannot run here.*DATABASE_URL.*do not run as root/s);
    assert.match(error.message, /as other user: .*can't cd to/s);
    return true;
  });
});
