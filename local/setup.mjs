// Prepares a fresh clone: installs the packages, joins them into a few files, and provides an ffmpeg. Runs before the
// scripts that need them, on Node 20 or newer without any packages. Skips what is already installed. With --quiet it
// reports only what it does; with --packages it provides no ffmpeg.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.setup');
const pinnedNode = join(root, 'node_modules', '.bin', 'node');

function say(line) {
  process.stderr.write(`setup: ${line}\n`);
}

function fail(line) {
  say(line);
  process.exit(1);
}

function installPackages() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package.json')))
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(pinnedNode) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('installing the packages (npm ci); this takes about a minute');
  // npm checks their engines against the Node that runs this script; the Node that they install will run them.
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NODE_ENV: 'development' },
  });
  if (npm.status !== 0) fail('npm ci failed; see its output above');
  if (!existsSync(pinnedNode)) fail('the package "node" did not install its binary; run: npm rebuild node');
  writeFileSync(stamp, wanted);
}

function joinPackages() {
  const joining = spawnSync(pinnedNode, [join(root, 'local', 'packages', 'join.ts')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (joining.status !== 0) say('the packages could not be joined: the service needs more memory, but works');
}

function provideFfmpeg() {
  const provision = spawnSync(pinnedNode, [join(root, 'local', 'provide-ffmpeg.ts'), ...process.argv.slice(2)], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (provision.status !== 0) process.exit(1);
}

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE)
  fail(`Node ${OLDEST_NODE} or newer is required; this is ${process.version}`);
installPackages();
joinPackages();
if (!process.argv.includes('--packages')) provideFfmpeg();
