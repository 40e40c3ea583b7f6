import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, shellOf } from './support/guide.ts';

const INSTALL_TIMEOUT_MS = 600_000;
/** Lines of an installer's errors that are reported. */
const ERROR_LINES = 5;

const run = promisify(execFile);

/** The packages of one example, installed once into a cache folder that the versions name. */
export type Packages = {
  readonly name: string;
  /** The folder they are in; undefined where they are not installed. */
  folder(): string | undefined;
  /** Installs them with the guide's own commands. Throws an Error with the reason when it cannot. */
  install(): Promise<void>;
};

/** A virtual environment of Python. */
export const TELEGRAM: Packages = packagesOf({
  name: 'telegram',
  pins: ['examples/telegram/requirements.txt'],
  needs: ['client/python'],
});

/** A folder with `node_modules`. */
export const DISCORD: Packages = packagesOf({
  name: 'discord',
  pins: ['examples/discord/package.json', 'examples/discord/package-lock.json'],
  needs: [],
});

type Needs = { readonly name: string; readonly pins: readonly string[]; readonly needs: readonly string[] };

function packagesOf({ name, pins, needs }: Needs): Packages {
  const [commands = ''] = shellOf(`docs/guides/${name}.md`);
  const cache = process.env['LAYERS_CACHE'] ?? join(homedir(), '.cache', 'ffmpeg-functions');
  const folder = join(
    cache,
    `example-${name}-${keyOf([...pins.map((pin) => readFileSync(join(ROOT, pin))), commands])}`,
  );
  const mark = join(folder, 'installed');
  return {
    name,
    folder: () => (existsSync(mark) ? folder : undefined),
    async install() {
      if (existsSync(mark)) return;
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      try {
        for (const path of [...pins, ...needs]) await cp(join(ROOT, path), join(folder, path), { recursive: true });
        await run('bash', ['-euo', 'pipefail', '-c', commands], {
          cwd: folder,
          timeout: INSTALL_TIMEOUT_MS,
          maxBuffer: 64 << 20,
          env: {
            ...process.env,
            NODE_OPTIONS: '',
            PIP_QUIET: '1',
            npm_config_audit: 'false',
            npm_config_fund: 'false',
          },
        });
      } catch (error) {
        const { stderr = '', message } = error as { stderr?: string; message: string };
        const reason = stderr.trim().split('\n').slice(-ERROR_LINES).join('\n') || message;
        throw new Error(`the packages of examples/${name} cannot be installed: ${reason}`, { cause: error });
      }
      writeFileSync(mark, '');
    },
  };
}

function keyOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256').update(`${process.version} ${process.arch} ${pythonVersion()}`);
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 16);
}

function pythonVersion(): string {
  try {
    return execFileSync('python3', ['--version'], { encoding: 'utf8' });
  } catch {
    return 'no python3';
  }
}

/** Why the packages of an example cannot be used; false when they can, and in CI. For a test's `skip`. */
export function whyMissing(packages: Packages): string | false {
  if (packages.folder() !== undefined || process.env['CI'] !== undefined) return false;
  return `the packages of examples/${packages.name} are not installed (node test/examples/provide.ts)`;
}
