import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Command, runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { childrenOf, gone } from '../support/leaks.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

type Running = { readonly url: string; readonly s3: string; readonly pids: readonly number[] };

/** `npm start` on free ports. */
function start(dataDir: string): Command {
  const settings = { PORT: '0', S3_PORT: '0', LOG_LEVEL: 'warn', SHUTDOWN_GRACE_SECONDS: '0' };
  return runCommand('start.ts', [], { ...settings, DATA_DIR: dataDir });
}

async function running(command: Command): Promise<Running> {
  const [, url = ''] = await command.says(/health +(http\S+)\/health/);
  const [, s3 = ''] = await command.says(/S3 +(http\S+)/);
  const pids = childrenOf(command.child.pid ?? 0).map(({ pid }) => pid);
  assert.equal(pids.length, 2, 'a host and an S3 server');
  return { url, s3, pids };
}

/** The child whose program is that file of `local/`. */
function childOf(command: Command, file: string): number {
  const found = childrenOf(command.child.pid ?? 0).find(({ pid }) => {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`local/${file}`);
  });
  assert.ok(found, `no child runs ${file}`);
  return found.pid;
}

async function statusOf(url: string): Promise<number> {
  const answer = await fetch(url, { headers: { connection: 'close' } });
  await answer.arrayBuffer();
  return answer.status;
}

test('it serves the functions and S3, and takes both down on SIGTERM', async () => {
  using folder = scratchFolder();
  await using command = start(folder.path);
  const { url, s3, pids } = await running(command);
  assert.equal(await statusOf(`${url}/health`), 200);
  assert.equal(await statusOf(`${url}/docs`), 200);
  assert.ok((await statusOf(`${s3}/media`)) < 500);
  command.child.kill('SIGTERM');
  assert.deepEqual(await command.exited, { code: 0, signal: null }, command.printed());
  await gone(pids, 2_000);
});

for (const [file, path] of [
  ['host.ts', '/health'],
  ['embedded-s3.ts', '/media'],
] as const) {
  test(`${file} is started again at the same address when it was killed`, async () => {
    using folder = scratchFolder();
    await using command = start(folder.path);
    const { url, s3 } = await running(command);
    const before = childOf(command, file);
    process.kill(before, 'SIGKILL');
    await command.says(/has died; starting it again/);
    const address = `${file === 'host.ts' ? url : s3}${path}`;
    await eventually(async () => assert.ok((await statusOf(address)) < 500), { withinMs: 20_000 });
    assert.notEqual(childOf(command, file), before);
    command.child.kill('SIGTERM');
    assert.deepEqual(await command.exited, { code: 0, signal: null }, command.printed());
  });
}

test('when it is killed itself, nothing of it lives on', async () => {
  using folder = scratchFolder();
  await using command = start(folder.path);
  const { pids } = await running(command);
  command.child.kill('SIGKILL');
  await command.exited;
  await gone(pids, 3_000);
});

test('a port that is taken is told, and nothing is left running', async () => {
  using folder = scratchFolder();
  await using first = start(folder.path);
  const { url } = await running(first);
  using other = scratchFolder();
  const settings = { PORT: new URL(url).port, S3_PORT: '0', DATA_DIR: other.path };
  await using second = runCommand('start.ts', [], settings);
  assert.deepEqual(await second.exited, { code: 1, signal: null });
  assert.match(second.printed(), /EADDRINUSE/);
  assert.match(second.printed(), /the host did not start/);
  first.child.kill('SIGTERM');
  await first.exited;
});

test('an address that others can reach is refused', async () => {
  using folder = scratchFolder();
  await using command = runCommand('start.ts', [], { HOST: '0.0.0.0', PORT: '0', S3_PORT: '0', DATA_DIR: folder.path });
  assert.deepEqual(await command.exited, { code: 1, signal: null });
  assert.match(command.printed(), /HOST=0\.0\.0\.0 would open the service to others/);
});
