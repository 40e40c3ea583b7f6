import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';

const FRAMEWORK = path.join(
  path.dirname(createRequire(import.meta.url).resolve('serverless/package.json')),
  'bin/serverless.js',
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Runs the framework until both servers are ready. Stops it when the test ends. */
async function startOffline(t: TestContext, command: string[]) {
  const [httpPort, lambdaPort] = [await freePort(), await freePort()];
  const ports = ['--httpPort', String(httpPort), '--lambdaPort', String(lambdaPort)];
  const child = spawn(process.execPath, [FRAMEWORK, ...command, ...ports], {
    cwd: path.join(import.meta.dirname, 'fixtures/offline'),
    // No network access.
    env: {
      PATH: process.env['PATH'],
      HOME: os.tmpdir(),
      PORT: '0',
      SLS_TRACKING_DISABLED: '1',
      SLS_NOTIFICATIONS_MODE: 'off',
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  for await (const line of createInterface(child.stderr)) {
    output += `${line}\n`;
    if (line.includes('Server ready')) break;
  }
  child.stderr.resume();
  const url = /Function URLs at (\S+)/.exec(output)?.[1];
  assert.ok(url, output);
  return { child, exit, url, output, offlineUrl: `http://localhost:${httpPort}` };
}

for (const [command, signal] of [
  [['offline'], 'SIGINT'],
  [['offline', 'start'], 'SIGTERM'],
] as const) {
  test(`serverless ${command.join(' ')} streams Function URLs next to its own events, and ends on ${signal}`, async (t) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'ticks-'));
    t.after(() => rm(folder, { recursive: true }));
    const { child, exit, url, output, offlineUrl } = await startOffline(t, [...command]);
    assert.match(output, /\/ticks → ticks/);

    const flag = path.join(folder, 'go');
    const response = await fetch(`${url}/ticks?${encodeURIComponent(flag)}`);
    const reader = response.body?.getReader();
    // The function continues only when the flag exists: after its first chunk has arrived here.
    assert.equal(Buffer.from((await reader?.read())?.value ?? []).toString(), 'first');
    await writeFile(flag, '');
    assert.equal(Buffer.from((await reader?.read())?.value ?? []).toString(), 'second');

    assert.equal(await (await fetch(`${url}/plain`)).text(), 'plain');
    assert.equal(await (await fetch(`${offlineUrl}/plain`)).text(), 'plain');

    child.kill(signal);
    assert.deepEqual(await exit, [0, null]);
  });
}
