import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findChromium } from './chromium.ts';

/**
 * Finds a Chromium for the suite, or installs Debian's where that is possible. Otherwise it says what to install, and
 * the suite cannot run.
 */
const say = (line: string): void => void process.stderr.write(`test:browser: ${line}\n`);

/** Seconds that apt-get waits for another that runs. */
const LOCK_SECONDS = 300;
const APT = ['-y', '-q', '-o', `DPkg::Lock::Timeout=${LOCK_SECONDS}`];

function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

function aptGet(...args: readonly string[]): void {
  spawnSync('apt-get', [...APT, ...args], {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

if (findChromium() === undefined && canInstall()) {
  say('installing Chromium (apt-get install chromium)');
  aptGet('update');
  aptGet('install', '--no-install-recommends', 'chromium');
}
if (findChromium() === undefined) {
  say('no Chromium on PATH: install chromium or google-chrome, or set CHROMIUM_PATH to one');
  process.exitCode = 1;
}
