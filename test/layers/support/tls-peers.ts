import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';
import type { ScratchFolder } from '../../support/scratch-folder.ts';

/** The TLS versions in use. A peer here supports only one of them. */
export const TLS_VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

export type Certificate = { readonly key: Buffer; readonly cert: Buffer /** PEM. */; readonly file: string };

/** A server on 127.0.0.1; `await using` closes it and its connections. */
export type TlsPeer = AsyncDisposable & { readonly port: number };

/** Creates a self-signed RSA certificate for `localhost` with openssl in `folder`. */
export async function rsaCertificate(folder: ScratchFolder): Promise<Certificate> {
  const [key, file] = [folder.file('key.pem'), folder.file('certificate.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  await promisify(execFile)('openssl', [...request, ...names, '-keyout', key, '-out', file]);
  return { key: readFileSync(key), cert: readFileSync(file), file };
}

/** Starts an https server that responds to every request with `body`. */
export function httpsServer({ key, cert }: Certificate, version: TlsVersion, body: Buffer): Promise<TlsPeer> {
  const options = { key, cert, minVersion: version, maxVersion: version };
  return peer(createSecureServer(options, (_request, response) => response.end(body)));
}

/** Starts a proxy that terminates TLS and forwards to `port` of 127.0.0.1. */
export function tlsProxy({ key, cert }: Certificate, version: TlsVersion, port: number): Promise<TlsPeer> {
  const server = createTlsServer({ key, cert, minVersion: version, maxVersion: version }, (secure) => {
    const plain = connect(port, '127.0.0.1');
    // Data of a peer that disconnects without a close still arrives.
    secure.on('error', () => plain.end()).pipe(plain);
    plain.on('error', () => secure.end()).pipe(secure);
    plain.on('close', () => secure.destroy());
  });
  return peer(server);
}

async function peer(server: Server): Promise<TlsPeer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server.close(), 'close');
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
