import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { FULL_LAYER } from './support/built-layer.ts';
import { ffmpeg, startFfmpeg, streamsOf } from './support/full-ffmpeg.ts';
import { httpsServer, rsaCertificate, TLS_VERSIONS, tlsProxy } from './support/tls-peers.ts';

const PICTURE = ['-f', 'lavfi', '-i', 'color=red:size=64x48:rate=25'];
const SINE = ['-f', 'lavfi', '-i', 'sine=sample_rate=44100'];
const LONG_ENOUGH = ['-t', '2'];
const FLV = [...LONG_ENOUGH, '-c:v', 'libx264', '-c:a', 'aac', '-f', 'flv'];

/** Returns the middle pixel of the first picture of a file, as red, green and blue. */
async function middlePixel(file: string): Promise<number[]> {
  const crop = ['-vf', 'crop=2:2,format=rgb24', '-frames:v', '1', '-f', 'rawvideo', 'pipe:1'];
  return [...(await ffmpeg('-i', file, ...crop)).subarray(0, 3)];
}

async function assertRed(file: string): Promise<void> {
  const [red = 0, green = 255, blue = 255] = await middlePixel(file);
  assert.ok(red > 230 && green < 25 && blue < 25, `the picture is not red: ${[red, green, blue]}`);
}

/** Fails unless a process listens on the TCP port. Reads the kernel's table: a listener accepts only one caller. */
function assertListening(port: number): void {
  const wanted = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`;
  assert.ok(readFileSync('/proc/net/tcp', 'latin1').includes(wanted), `no process listens on ${port}`);
}

describe('the full layer on the network', { skip: FULL_LAYER.missing, concurrency: 2 }, () => {
  it('sends a picture by SRT to a listener with the same passphrase', async () => {
    using folder = scratchFolder();
    const [port] = await freePorts(1);
    const url = (mode: string) => `srt://127.0.0.1:${port}?mode=${mode}&passphrase=open-sesame&connect_timeout=20000`;
    const received = folder.file('received.nut');
    await using listener = startFfmpeg(
      '-analyzeduration',
      '300000',
      '-i',
      url('listener'),
      '-frames:v',
      '10',
      '-c',
      'copy',
      received,
    );
    await using caller = startFfmpeg(
      '-re',
      ...PICTURE,
      '-t',
      '20',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-g',
      '5',
      ...['-f', 'mpegts', url('caller')],
    );
    const { code, log } = await listener.ended;
    assert.equal(code, 0, log);
    assert.equal(caller.child.exitCode, null, 'the caller is still sending');
    await assertRed(received);
  });

  it('refuses an SRT caller with another passphrase', async () => {
    using folder = scratchFolder();
    const [port] = await freePorts(1);
    const url = (mode: string, passphrase: string) =>
      `srt://127.0.0.1:${port}?mode=${mode}&passphrase=${passphrase}&connect_timeout=20000`;
    await using listener = startFfmpeg('-i', url('listener', 'open-sesame'), '-c', 'copy', folder.file('received.nut'));
    await using caller = startFfmpeg(
      '-re',
      ...PICTURE,
      '-t',
      '20',
      '-c:v',
      'mpeg2video',
      ...['-f', 'mpegts', url('caller', 'open-barley')],
    );
    const { code, log } = await caller.ended;
    assert.notEqual(code, 0);
    assert.match(log, /Incorrect passphrase/);
    assert.equal(listener.child.exitCode, null, 'the listener goes on');
  });

  it('receives the stream of an RTMP publisher', async () => {
    using folder = scratchFolder();
    const [port = 0] = await freePorts(1);
    const url = `rtmp://127.0.0.1:${port}/live/key`;
    const received = folder.file('received.flv');
    await using listener = startFfmpeg('-listen', '1', '-timeout', '20', '-i', url, '-c', 'copy', received);
    await eventually(() => assertListening(port));
    await ffmpeg(...PICTURE, ...SINE, ...FLV, url);
    const { code, log } = await listener.ended;
    assert.equal(code, 0, log);
    assert.deepEqual((await streamsOf(received)).map(({ codec_name }) => codec_name).toSorted(), ['aac', 'h264']);
    await assertRed(received);
  });

  for (const version of TLS_VERSIONS) {
    it(`publishes a whole stream by RTMPS to a server that supports only ${version}`, async () => {
      using folder = scratchFolder();
      const [port = 0] = await freePorts(1);
      const plain = `rtmp://127.0.0.1:${port}/live/key`;
      const received = folder.file('received.flv');
      await using listener = startFfmpeg('-listen', '1', '-timeout', '20', '-i', plain, '-c', 'copy', received);
      await eventually(() => assertListening(port));
      await using proxy = await tlsProxy(await rsaCertificate(folder), version, port);
      const url = `rtmps://localhost:${proxy.port}/live/key`;
      await using publisher = startFfmpeg(...PICTURE, ...SINE, ...FLV, url);
      await eventually(() => assert.notEqual(publisher.child.exitCode, null, 'it hangs'), { withinMs: 20_000 });
      const { code, log } = await publisher.ended;
      assert.equal(code, 0, log);
      const taken = await listener.ended;
      assert.equal(taken.code, 0, taken.log);
      const streams = await streamsOf(received, '-count_packets');
      const packets = Object.fromEntries(streams.map((stream) => [stream['codec_name'], stream['nb_read_packets']]));
      // Pictures: 2 s at 25 per second. AAC frames: 1024 samples each, and the encoder's priming frame.
      assert.deepEqual(packets, { h264: '50', aac: '88' });
      await assertRed(received);
    });

    it(`reads by https from a server that supports only ${version}, and checks its RSA certificate`, async () => {
      using folder = scratchFolder();
      using elsewhere = scratchFolder();
      const sound = folder.file('a.wav');
      await ffmpeg(...SINE, ...LONG_ENOUGH, sound);
      const certificate = await rsaCertificate(folder);
      const stranger = await rsaCertificate(elsewhere);
      await using server = await httpsServer(certificate, version, readFileSync(sound));
      const source = ['-i', `https://localhost:${server.port}/a.wav`, '-f', 's16le', '-'];
      const read = (trusted: string) => ffmpeg('-tls_verify', '1', '-ca_file', trusted, ...source);
      assert.deepEqual(await read(certificate.file), await ffmpeg('-i', sound, '-f', 's16le', '-'));
      // MBEDTLS_ERR_X509_CERT_VERIFY_FAILED
      await assert.rejects(read(stranger.file), /handshake returned -0x2700/);
    });
  }
});
