import { spawnSync } from 'node:child_process';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';

/** Installs Debian packages. Does not report failures: the caller checks what is installed. */
export type InstallPackages = (packages: readonly string[]) => void;

/** Returns an installer that uses `apt-get`; undefined when `apt-get` needs a password or does not exist. */
export function aptInstall(path: string): InstallPackages | undefined {
  const [command, ...args] = aptGet(path) ?? [];
  if (command === undefined) return undefined;
  const run = (...words: readonly string[]): void => {
    spawnSync(command, [...args, ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  };
  return (packages) => {
    run('update', '-qq');
    run('install', '-y', '-qq', '--no-install-recommends', ...packages);
  };
}

function aptGet(path: string): string[] | undefined {
  const apt = findOnPath('apt-get', path);
  if (apt === undefined) return undefined;
  if (process.getuid?.() === 0) return [apt];
  const sudo = findOnPath('sudo', path);
  const mayUseSudo = sudo !== undefined && spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return mayUseSudo ? [sudo, '-n', apt] : undefined;
}
