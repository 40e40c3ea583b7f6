import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { runCommand } from '../support/command.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'start.ts': [],
  'host.ts': [],
  'offline.ts': [],
  'postgres/embedded-postgres.ts': [],
  's3/embedded-s3.ts': [],
  'keys.ts': ['list'],
  'invoke.ts': ['health', 'events/health.json'],
};

describe('a command with invalid settings', () => {
  for (const [name, args] of Object.entries(COMMANDS)) {
    it(`ends with one line for each: ${name}`, async () => {
      using folder = scratchFolder();
      await using command = runCommand(name, args, { DATA_DIR: folder.path, JWT_SECRET: 'short', PORT: 'x' });
      const closed = once(command.child, 'close');
      assert.deepEqual(await command.exited, { code: 1, signal: null });
      await closed;
      assert.equal(command.printed(), 'PORT must be a number\nJWT_SECRET must have at least 32 characters\n');
    });
  }

  it('names HOST when the machine does not have that address', async () => {
    using folder = scratchFolder();
    const settings = { DATA_DIR: folder.path, PORT: '0', HOST: '192.0.2.7', AUTHENTICATION: 'required' };
    await using command = runCommand('host.ts', [], settings);
    const closed = once(command.child, 'close');
    assert.deepEqual(await command.exited, { code: 1, signal: null });
    await closed;
    assert.equal(command.printed(), 'HOST=192.0.2.7 is not an address of this machine\n');
  });
});
