import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FULL_LAYER } from './support/built-layer.ts';
import { CHROOT, emptyRoot, NO_EMPTY_ROOT } from './support/empty-root.ts';

const run = promisify(execFile);
const FIXTURE = fileURLToPath(new URL('fixtures/probe-by-name.ts', import.meta.url));

describe('names in an empty root', { skip: FULL_LAYER.missing || NO_EMPTY_ROOT }, () => {
  it('are resolved by the name server in resolv.conf, for http and https', async () => {
    using root = emptyRoot(FULL_LAYER.directory);
    const file = (name: string) => join(root.tmp, name);
    writeFileSync(join(root.path, 'etc/resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
    const sine = ['-f', 'lavfi', '-i', 'sine=duration=0.5', '-f', 'wav', '-fflags', '+bitexact', '/tmp/a.wav'];
    await root.run('/opt/bin/ffmpeg', '-v', 'error', ...sine);
    await run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=media.test', '-addext', 'subjectAltName=DNS:media.test'],
      ...['-keyout', file('key.pem'), '-out', file('certificate.pem')],
    ]);
    const { stdout } = await run(...root.within(process.execPath, FIXTURE, root.path, CHROOT));
    const outcomes = JSON.parse(stdout) as Record<string, string>;
    const reached = 'format,0.500000';
    assert.match(outcomes['a name that does not exist'] ?? '', /Failed to resolve hostname other\.test/);
    assert.match(outcomes['TLS, a certificate for another name'] ?? '', /^failed: /);
    for (const name of ['by name', 'TLS, any certificate', 'TLS 1.2', 'TLS, a certificate that is trusted']) {
      assert.equal(outcomes[name], reached, name);
    }
  });
});
