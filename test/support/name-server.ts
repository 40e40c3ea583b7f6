import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What the server has for a name. A query for a name without an entry gets no answer. */
export type Zone = Readonly<
  Record<string, { readonly cname?: string; readonly addresses: readonly string[] } | 'NXDOMAIN' | 'SERVFAIL'>
>;

/** A DNS server on 127.0.0.1 (RFC 1035); `await using` closes it. */
export type NameServer = AsyncDisposable & {
  /** The entry of SOURCE_DNS_SERVERS. */
  readonly server: string;
  /** The queries so far, such as `a.example A`. */
  readonly queries: readonly string[];
};

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' };
const CODES = { NXDOMAIN: 3, SERVFAIL: 2 } as const;

export async function startNameServer(zone: Zone): Promise<NameServer> {
  const queries: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query: Buffer, { port, address }: RemoteInfo) => {
    const { name, type, end } = questionOf(query);
    queries.push(`${name} ${TYPES[type]}`);
    const entry = zone[name];
    if (entry === undefined) return;
    const question = query.subarray(12, end);
    if (typeof entry === 'string') socket.send(response(query, question, [], CODES[entry]), port, address);
    else socket.send(response(query, question, recordsOf(name, type, entry), 0), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    server: `127.0.0.1:${socket.address().port}`,
    queries,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => socket.close(resolve));
    },
  };
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function recordsOf(name: string, type: number, { cname, addresses }: { cname?: string; addresses: readonly string[] }) {
  const alias = cname === undefined ? [] : [record(name, 5, encoded(cname))];
  const matching = addresses.filter((address) => type === (isIPv6(address) ? 28 : 1));
  const data = (address: string) => Buffer.from(ipaddr.parse(address).toByteArray());
  return [...alias, ...matching.map((address) => record(cname ?? name, type, data(address)))];
}

function record(name: string, type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(data.length, 8);
  return Buffer.concat([encoded(name), head, data]);
}

function encoded(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function response(query: Buffer, question: Buffer, records: readonly Buffer[], code: number): Buffer {
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  return Buffer.concat([head, question, ...records]);
}
