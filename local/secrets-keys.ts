import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadConfig } from '#lib/config.ts';
import { providePrivateFolder, textKeptIn } from '#lib/process/private-files.ts';

const FILE = 'secrets.keys';
const KEY_BYTES = 32;

/**
 * Returns the setting with which a service uses the keys of its data folder, unless the environment has SECRETS_KEYS.
 * Makes the first key, unless `create` is false.
 */
export function secretsKeysOf(environment: NodeJS.ProcessEnv, { create = true } = {}): NodeJS.ProcessEnv {
  const { SECRETS_KEYS, DATA_DIR } = loadConfig(environment);
  const file = resolve(join(DATA_DIR, FILE));
  if (SECRETS_KEYS.length > 0 || !(create || existsSync(file))) return {};
  providePrivateFolder(DATA_DIR);
  textKeptIn(file, makeKey);
  // By its file, so that the key is in no environment.
  return { SECRETS_KEYS_FILE: file };
}

function makeKey(): string {
  return `local-${randomBytes(4).toString('hex')}:${randomBytes(KEY_BYTES).toString('base64url')}\n`;
}
