import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { serve, startHttpSource } from '../support/http-source.ts';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const NGINX = readFileSync(`${ROOT}/deploy/vps/nginx.conf`, 'utf8');
/** From 0, the best, to 100. */
const MOST_EXPOSURE = '20';

/** The reason why a program cannot be used here; false when it can. */
const without = (program: string, ...args: readonly string[]) =>
  spawnSync(program, args).status === 0 ? false : `${program} is not installed`;

/** The units of systemd, by file, and the name under which each is checked. */
const UNITS = {
  'ffmpeg-functions.service': 'ffmpeg-functions.service',
  'ffmpeg-functions-runner@.service': 'ffmpeg-functions-runner@jobs.service',
};

for (const [file, name] of Object.entries(UNITS)) {
  test(`the unit ${file} is valid and confined`, { skip: without('systemd-analyze', '--version') }, () => {
    using folder = scratchFolder();
    const unit = folder.file(name);
    const text = readFileSync(`${ROOT}/deploy/vps/${file}`, 'utf8');
    writeFileSync(unit, text.replaceAll('/opt/ffmpeg-functions', ROOT));
    for (const args of [
      ['verify', unit],
      ['security', '--offline=true', `--threshold=${MOST_EXPOSURE}`, unit],
    ]) {
      const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
      assert.equal(status, 0, `${stdout}${stderr}`);
      if (args[0] === 'verify') assert.equal(stderr, '');
    }
  });
}

/** Runs nginx with the configuration, as an unprivileged process in a folder. */
async function startNginx(folder: ScratchFolder, { port, upstream }: { port: number; upstream: string }) {
  mkdirSync(folder.file('log'));
  writeFileSync(
    folder.file('site.conf'),
    NGINX.replaceAll('127.0.0.1:8090', upstream)
      .replace('listen 80;', `listen 127.0.0.1:${port};`)
      .replace('listen [::]:80;', '')
      .replaceAll('/var/log/nginx/', folder.file('log/')),
  );
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const paths = temporary.map((name) => `${name}_temp_path ${folder.file(name)};`).join(' ');
  writeFileSync(
    folder.file('nginx.conf'),
    `daemon off; master_process off; pid ${folder.file('pid')}; error_log ${folder.file('log/main')};
     events { worker_connections 4096; } http { access_log off; ${paths} include ${folder.file('site.conf')}; }`,
  );
  const child: ChildProcess = spawn('nginx', ['-p', folder.path, '-c', folder.file('nginx.conf')], {
    stdio: 'inherit',
  });
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

test('nginx logs no secrets, and limits the requests of an address', { skip: without('nginx', '-v') }, async () => {
  using folder = scratchFolder();
  await using source = await startHttpSource(serve(Buffer.from('ok')));
  const [port = 0] = await freePorts(1);
  await using _nginx = await startNginx(folder, { port, upstream: new URL(source.origin).host });
  const secret = 'source_url=https%3A%2F%2Fuser%3Ahidden%40a.example%2F%3FX-Amz-Signature%3Dhidden';
  const url = `http://127.0.0.1:${port}/transcode?${secret}`;
  const headers = { referer: 'https://a.example/?hidden' };
  await eventually(async () => assert.equal((await fetch(url, { headers })).status, 200));
  const answers = await Promise.all(Array.from({ length: 400 }, () => fetch(url, { headers })));
  const statuses = new Set(answers.map(({ status }) => status));
  assert.deepEqual([...statuses].toSorted(), [200, 429]);
  const log = readFileSync(folder.file('log/ffmpeg-functions.log'), 'utf8');
  assert.match(log, /"GET \/transcode" 200 /);
  assert.match(log, /"GET \/transcode" 429 /);
  for (const name of ['ffmpeg-functions.log', 'ffmpeg-functions.error.log', 'main']) {
    assert.ok(!readFileSync(folder.file(`log/${name}`), 'utf8').includes('hidden'), name);
  }
});
