import assert from 'node:assert/strict';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { after, before, describe, it, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { serve, startHttpSource } from '../support/http-source.ts';
import { childrenOf, gone } from '../support/leaks.ts';
import { createMediaFolder, tone } from '../support/media.ts';
import { startPostgres } from '../support/postgres.ts';
import { copyCluster } from '../support/postgres-template.ts';
import { query } from '../support/query.ts';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.ts';

type Running = {
  readonly url: string;
  readonly s3: string;
  readonly database: URL;
  /** The ids of the supervised processes, and of all processes of PostgreSQL. */
  readonly pids: readonly number[];
};

/** `npm start` on free ports. */
function start(dataDir: string): Command {
  const settings = { PORT: '0', S3_PORT: '0', LOG_LEVEL: 'warn', SHUTDOWN_GRACE_SECONDS: '0' };
  return runCommand('start.ts', [], { ...settings, DATA_DIR: dataDir });
}

async function running(command: Command): Promise<Running> {
  const [, url = ''] = await command.says(/health +(http\S+)\/health/);
  const [, s3 = ''] = await command.says(/S3 +(http\S+)/);
  const [, database = ''] = await command.says(/database +(postgres\S+)/);
  const children = childrenOf(command.child.pid ?? 0).map(({ pid }) => pid);
  assert.equal(children.filter(isPart).length, 3, 'a host, an S3 server and PostgreSQL');
  const postgres = postmaster(command);
  const backends = childrenOf(postgres).map(({ pid }) => pid);
  return { url, s3, database: new URL(database), pids: [...children, postgres, ...backends] };
}

/** Whether a process runs a program of `local/`. The process that locks the data folder does not. */
function isPart(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').match(/\/local\/(?!packages\/)/) !== null;
}

/** Returns the child that runs this file of `local/`. */
function childOf(command: Command, file: string): number {
  const found = childrenOf(command.child.pid ?? 0).find(({ pid }) => {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`local/${file}`);
  });
  assert.ok(found, `no child runs ${file}`);
  return found.pid;
}

/** PostgreSQL's own main process. */
function postmaster(command: Command): number {
  const [server] = childrenOf(childOf(command, 'postgres/embedded-postgres.ts'));
  assert.ok(server, 'PostgreSQL is not running');
  return server.pid;
}

/** Queries the database with its password. */
async function ask(database: URL, dataDir: string, text: string): Promise<Record<string, unknown>[]> {
  const url = new URL(database);
  url.password = readFileSync(`${dataDir}/postgres/superuser.password`, 'utf8');
  return await query(url.href, text);
}

/** A data folder with a database that another start has initialised. */
async function folderWithDatabase(): Promise<ScratchFolder> {
  const folder = scratchFolder();
  await copyCluster(folder, process.env['PATH'] ?? '');
  return folder;
}

async function statusOf(url: string): Promise<number> {
  const answer = await fetch(url, { headers: { connection: 'close' } });
  await answer.arrayBuffer();
  return answer.status;
}

/** How often a part was restarted. */
function restartsIn(command: Command, part: string): number {
  return command.printed().split(`${part} has died; restarting it`).length - 1;
}

/** Kills a process and waits until its supervisor has seen it. */
async function kill(command: Command, part: string, pid: number): Promise<void> {
  const before = restartsIn(command, part);
  process.kill(pid, 'SIGKILL');
  await eventually(async () => assert.equal(restartsIn(command, part), before + 1), { withinMs: 20_000 });
}

describe('npm start with a new data folder', () => {
  let folder: ScratchFolder;
  let command: Command;
  let parts: Running;
  before(async () => {
    folder = scratchFolder();
    command = start(folder.path);
    parts = await running(command);
  });
  after(async () => {
    await command[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  it('serves the functions, S3 and PostgreSQL', async () => {
    const { url, s3, database } = parts;
    assert.equal(await statusOf(`${url}/health`), 200);
    assert.deepEqual(await ask(database, folder.path, 'SELECT 1 AS one'), [{ one: 1 }]);
    assert.equal(await statusOf(`${url}/docs`), 200);
    assert.ok((await statusOf(`${s3}/media`)) < 500);
  });

  it('runs jobs until its runner is drained', async () => {
    await eventually(
      async () => {
        const health = (await (await fetch(`${parts.url}/health`)).json()) as {
          checks: { runners: { jobs: unknown } };
        };
        assert.deepEqual(health.checks.runners, { jobs: { status: 'ok' } });
      },
      { withinMs: 20_000 },
    );
    await using drain = runCommand('runner.ts', ['drain'], { DATA_DIR: folder.path });
    assert.deepEqual(await drain.exited, { code: 0, signal: null }, drain.printed());
    assert.match(drain.printed(), /^draining .+ \(jobs\)$/m);
    await using again = runCommand('runner.ts', ['drain'], { DATA_DIR: folder.path });
    await again.exited;
    assert.match(again.printed(), /^no runner runs on this machine$/m);
  });

  it('refuses a second start with the same data folder, and keeps running', async () => {
    await using second = start(folder.path);
    assert.deepEqual(await second.exited, { code: 1, signal: null });
    const refusal = `the data folder ${realpathSync(folder.path)} is in use by process ${command.child.pid}`;
    assert.ok(second.printed().includes(refusal), second.printed());
    assert.equal(await statusOf(`${parts.url}/health`), 200);
    await ask(parts.database, folder.path, 'SELECT 1');
  });

  it('lets a second start report that the port is in use, and leave nothing running', async () => {
    using other = await folderWithDatabase();
    const settings = { PORT: new URL(parts.url).port, S3_PORT: '0', DATA_DIR: other.path };
    await using second = runCommand('start.ts', [], settings);
    assert.deepEqual(await second.exited, { code: 1, signal: null });
    assert.match(second.printed(), /port \d+ is in use: set PORT to another port/);
    assert.match(second.printed(), /the host did not start/);
  });

  for (const [part, file, path] of [
    ['the host', 'host.ts', '/health'],
    ['the S3 server', 's3/embedded-s3.ts', '/media'],
  ] as const) {
    it(`restarts ${file} at the same address after it was killed`, async () => {
      const before = childOf(command, file);
      await kill(command, part, before);
      const address = `${file === 'host.ts' ? parts.url : parts.s3}${path}`;
      await eventually(async () => assert.ok((await statusOf(address)) < 500), { withinMs: 20_000 });
      assert.notEqual(childOf(command, file), before);
    });
  }

  for (const [what, victim] of [
    ['PostgreSQL', postmaster],
    ['the process that owns PostgreSQL', (command: Command) => childOf(command, 'postgres/embedded-postgres.ts')],
  ] as const) {
    it(`restarts ${what} on the same port and data after it was killed, while the host keeps running`, async () => {
      const { url, database } = parts;
      const host = childOf(command, 'host.ts');
      await ask(database, folder.path, 'CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer');
      await kill(command, 'PostgreSQL', victim(command));
      assert.equal(await statusOf(`${url}/health`), 200);
      const rows = await eventually(() => ask(database, folder.path, 'SELECT answer FROM kept'), { withinMs: 20_000 });
      assert.deepEqual(rows, [{ answer: 42 }]);
      assert.equal(childOf(command, 'host.ts'), host);
    });
  }

  it('stops all of them on SIGTERM', async () => {
    const { pids } = await running(command);
    command.child.kill('SIGTERM');
    assert.deepEqual(await command.exited, { code: 0, signal: null }, command.printed());
    await gone(pids, 2_000);
  });

  it('has never printed the password of the database', () => {
    assert.equal(parts.database.password, '');
    const password = readFileSync(folder.file('postgres/superuser.password'), 'utf8');
    assert.ok(!command.printed().includes(password));
  });
});

test('uses the database in DATABASE_URL and starts none', async () => {
  using folder = scratchFolder();
  await using postgres = await startPostgres();
  const url = new URL(postgres.url);
  url.searchParams.set('password', url.password);
  const settings = { PORT: '0', S3_PORT: '0', DATA_DIR: folder.path, DATABASE_URL: url.href, LOG_LEVEL: 'warn' };
  await using command = runCommand('start.ts', [], settings);
  const [, database] = await command.says(/database +(postgres\S+)/);
  assert.equal(database, `postgres://postgres@127.0.0.1:${url.port}/postgres`);
  assert.equal(
    childrenOf(command.child.pid ?? 0).filter(({ pid }) => isPart(pid)).length,
    2,
    'a host and an S3 server',
  );
  assert.deepEqual(readdirSync(folder.path), [
    'lock',
    'lock-runner-of-jobs',
    'machine-id',
    's3',
    's3-credentials.json',
    'secrets.keys',
  ]);
  command.child.kill('SIGTERM');
  assert.deepEqual(await command.exited, { code: 0, signal: null }, command.printed());
  assert.ok(!command.printed().includes(url.password));
});

test('takes over the data right after another one was killed', async () => {
  using folder = await folderWithDatabase();
  await using first = start(folder.path);
  const before = await running(first);
  await ask(before.database, folder.path, 'CREATE TABLE kept AS SELECT 42 AS answer');
  first.child.kill('SIGKILL');
  await using second = start(folder.path);
  const { database } = await running(second);
  assert.deepEqual(await ask(database, folder.path, 'SELECT answer FROM kept'), [{ answer: 42 }]);
  second.child.kill('SIGTERM');
  assert.deepEqual(await second.exited, { code: 0, signal: null }, second.printed());
  await gone(before.pids, 0);
});

test('leaves no process behind when it is killed', async () => {
  using folder = await folderWithDatabase();
  await using command = start(folder.path);
  const { pids } = await running(command);
  command.child.kill('SIGKILL');
  await command.exited;
  await gone(pids, 3_000);
});

test('refuses a public address without authentication', async () => {
  using folder = await folderWithDatabase();
  await using command = runCommand('start.ts', [], { HOST: '0.0.0.0', PORT: '0', S3_PORT: '0', DATA_DIR: folder.path });
  assert.deepEqual(await command.exited, { code: 1, signal: null });
  assert.match(command.printed(), /HOST=0\.0\.0\.0 would open the service to other machines/);
});

test('lets running streams end, unless it is stopped twice', async () => {
  using folder = await folderWithDatabase();
  await using media = await createMediaFolder();
  await using source = await startHttpSource(serve(await media.make('a.wav', tone(440, 60))));
  const settings = { PORT: '0', S3_PORT: '0', LOG_LEVEL: 'warn', SOURCE_ALLOWED_NETWORKS: source.network };
  await using command = runCommand('start.ts', [], { ...settings, DATA_DIR: folder.path });
  const [, url = ''] = await command.says(/health +(http\S+)\/health/);
  const query = new URLSearchParams({ source_url: source.origin, output_format: 'pcm', live: 'true' });
  const answer = await fetch(`${url}/transcode?${query}`);
  assert.equal(answer.status, 200);
  command.child.kill('SIGINT');
  await command.says(/stopping; running streams have 30 s to end/);
  assert.equal(await Promise.race([command.exited.then(() => 'ended'), delay(1_500, 'plays on')]), 'plays on');
  const startedAt = performance.now();
  command.child.kill('SIGINT');
  await command.exited;
  assert.ok(performance.now() - startedAt < 15_000);
  await answer.arrayBuffer().catch(() => undefined);
});
