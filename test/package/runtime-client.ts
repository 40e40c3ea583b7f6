import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { machineInstaller, provideTools, type Tools } from '../../layers/builder/tools.ts';

/** The compiler tools of its installation. */
const BUILD_TOOLS: Tools = { cmake: 'cmake', make: 'make', 'g++': 'g++', python3: 'python3', xz: 'xz-utils' };
/** Node's headers in Debian. Without them the installation downloads them from nodejs.org. */
const HEADERS = { file: '/usr/include/node/common.gypi', package: 'libnode-dev' } as const;
const INSTALL_TIMEOUT_MS = 600_000;
/** Lines of npm's output to include in the error. */
const WORDS = 5;

const SOURCE = new URL('runtime-client/', import.meta.url).pathname;
const PACKAGE = 'node_modules/aws-lambda-ric';

const run = promisify(execFile);

/** Returns the folder of the platform's own runtime client; undefined if it is not installed. */
export function runtimeClient(): string | undefined {
  const folder = join(cacheFolder(), PACKAGE);
  return existsSync(folder) ? folder : undefined;
}

/**
 * Installs the runtime client, which has a native part, once (about a minute) into LAYERS_CACHE. Throws an Error with
 * the reason when that fails.
 */
export async function installRuntimeClient(report: (line: string) => void): Promise<void> {
  if (runtimeClient() === undefined) await install(cacheFolder(), report);
}

function cacheFolder(): string {
  const cache = process.env['LAYERS_CACHE'] ?? join(homedir(), '.cache', 'ffmpeg-functions');
  return join(cache, `runtime-client-${key()}`);
}

function key(): string {
  const hash = createHash('sha256').update(`${process.version} ${process.arch}`);
  for (const name of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(SOURCE, name)));
  return hash.digest('hex').slice(0, 16);
}

async function install(folder: string, report: (line: string) => void): Promise<void> {
  provideBuildTools(report);
  const partial = `${folder}.${randomUUID()}`;
  report('building the runtime client (npm ci in test/package/runtime-client), about a minute, once');
  try {
    await mkdir(partial, { recursive: true });
    await cp(SOURCE, partial, { recursive: true });
    await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--fetch-retries=1'], {
      cwd: partial,
      timeout: INSTALL_TIMEOUT_MS,
      maxBuffer: 64 << 20,
      env: {
        ...(existsSync(HEADERS.file) ? { npm_config_nodedir: '/usr' } : {}),
        ...process.env,
        NODE_OPTIONS: '',
      },
    });
    // Another process may have been faster.
    await rename(partial, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    const words = stderr.trim().split('\n').slice(0, WORDS).join('\n') || message;
    throw new Error(`the runtime client (npm aws-lambda-ric) cannot be installed: ${words}`, { cause: error });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

function provideBuildTools(report: (line: string) => void): void {
  const installer = machineInstaller(report);
  provideTools(BUILD_TOOLS, installer);
  if (!existsSync(HEADERS.file)) installer.install?.([HEADERS.package]);
}
