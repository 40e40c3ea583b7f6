import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { FULL_LAYER } from './support/built-layer.ts';

const run = promisify(execFile);
const LIBRARY = join(FULL_LAYER.directory, 'lib/libsrt.so');

/** Sends a message over an encrypted connection of two sockets of one process, as a program does that loads the library. */
const PROGRAM = `
import ctypes, socket, struct, sys
srt = ctypes.CDLL(sys.argv[1])
assert srt.srt_startup() >= 0
address = lambda port: struct.pack('=HH4s8x', socket.AF_INET, socket.htons(port), bytes([127, 0, 0, 1]))
PASSPHRASE, RCVSYN = 26, 2
def made():
    sock = srt.srt_create_socket()
    assert srt.srt_setsockflag(sock, PASSPHRASE, b'0123456789abcdef', 16) == 0
    return sock
listener, caller = made(), made()
assert srt.srt_bind(listener, address(0), 16) == 0
name, length = ctypes.create_string_buffer(16), ctypes.c_int(16)
assert srt.srt_getsockname(listener, name, ctypes.byref(length)) == 0
port = socket.ntohs(struct.unpack('=HH', name.raw[:4])[1])
assert srt.srt_listen(listener, 1) == 0
assert srt.srt_connect(caller, address(port), 16) == 0
accepted = srt.srt_accept(listener, None, None)
assert accepted >= 0
assert srt.srt_sendmsg(caller, b'hello', 5, -1, 1) == 5
got = ctypes.create_string_buffer(1500)
assert srt.srt_recvmsg(accepted, got, 1500) == 5 and got.value == b'hello'
print('%x' % srt.srt_getversion())
for sock in (accepted, caller, listener): srt.srt_close(sock)
srt.srt_cleanup()
`;

describe('the SRT library of the full layer', { skip: FULL_LAYER.missing }, () => {
  it('works in a process of this machine, which uses its own C library', async () => {
    const { stdout } = await run('python3', ['-c', PROGRAM, LIBRARY], { timeout: 20_000 });
    assert.match(stdout, /^105\d\d\n$/);
  });

  it('can be loaded by Node', async () => {
    // `process.dlopen` loads any shared object, and then reports that it is no addon.
    assert.throws(() => process.dlopen({ exports: {} }, LIBRARY), /Module did not self-register/);
  });

  it('defines the functions of SRT, and nothing else that could be taken for another’s', async () => {
    const { stdout } = await run('nm', ['--dynamic', '--defined-only', '--format=posix', LIBRARY]);
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '');
    assert.ok(names.includes('srt_getversion') && names.includes('srt_listen_callback'), names.join(' '));
    assert.deepEqual(
      names.filter((name) => !name.startsWith('srt_')),
      [],
    );
  });
});
