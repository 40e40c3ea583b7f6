import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

/** With `node --import`: an attempt to open a socket or to resolve a name throws. */
function refuse(what: string): () => never {
  return () => {
    throw new Error(`a unit test must not ${what}; see docs/reference/testing.md`);
  };
}

net.Server.prototype.listen = refuse('listen on a socket');
net.Socket.prototype.connect = refuse('open a connection');
Object.assign(dgram, { createSocket: refuse('open a UDP socket') });
Object.assign(dns, { lookup: refuse('resolve a name') });
Object.assign(dns.promises, { lookup: refuse('resolve a name') });
const queries = { resolve4: refuse('resolve a name'), resolve6: refuse('resolve a name') };
Object.assign(dns.promises.Resolver.prototype, queries);
syncBuiltinESMExports();
