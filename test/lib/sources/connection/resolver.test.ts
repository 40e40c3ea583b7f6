import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { createResolver } from '#lib/sources/connection/resolver.ts';
import { eventually } from '../../../support/eventually.ts';
import { startNameServer } from '../../../support/name-server.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

const never = new AbortController().signal;
const subject = 'test';

describe('the resolver', () => {
  it('returns the addresses of both families, IPv4 first, also of an alias', async () => {
    const addresses = ['2606:4700::1111', '1.1.1.1', '1.0.0.1'];
    await using names = await startNameServer({
      'a.example': { addresses },
      'alias.example': { cname: 'a.example', addresses },
      'v6.example': { addresses: ['2606:4700::1111'] },
    });
    const resolve = createResolver({ servers: [names.server] });
    const v6 = { address: '2606:4700::1111', family: 6 };
    const both = [{ address: '1.1.1.1', family: 4 }, { address: '1.0.0.1', family: 4 }, v6];
    for (const name of ['a.example', 'A.Example.', 'alias.example'])
      assert.deepEqual(await resolve(name, { subject, signal: never }), both, name);
    assert.deepEqual(await resolve('v6.example', { subject, signal: never }), [v6]);
  });

  it('reports a name without addresses, and a name server that fails', async () => {
    await using names = await startNameServer({
      'none.example': 'NXDOMAIN',
      'empty.example': { addresses: [] },
      'failing.example': 'SERVFAIL',
    });
    const resolve = createResolver({ servers: [names.server] });
    const codeOf = async (name: string) =>
      await resolve(name, { subject, signal: never }).then(
        () => undefined,
        ({ code }) => code,
      );
    assert.equal(await codeOf('none.example'), 'ENOTFOUND');
    assert.equal(await codeOf('empty.example'), 'ENOTFOUND');
    assert.equal(await codeOf('a..example'), 'ENOTFOUND');
    assert.equal(await codeOf('failing.example'), 'EAI_AGAIN');
    assert.equal(await codeOf('silent.example'), 'DNS_TIMEOUT');
  });

  it('reads the hosts file first, and again when it has changed', async () => {
    await using names = await startNameServer({ 'b.example': { addresses: ['1.1.1.1'] } });
    using folder = scratchFolder();
    const hostsFile = folder.file('hosts');
    writeFileSync(
      hostsFile,
      '# b.example\n10.0.0.1\tA.example  short # comment\nfd00::1 a.example\nnonsense c.example\n',
    );
    const resolve = createResolver({ servers: [names.server], hostsFile });
    const addressesOf = async (name: string) =>
      (await resolve(name, { subject, signal: never })).map(({ address }) => address);
    assert.deepEqual(await addressesOf('a.EXAMPLE'), ['10.0.0.1', 'fd00::1']);
    assert.deepEqual(await addressesOf('short'), ['10.0.0.1']);
    assert.deepEqual(await addressesOf('b.example'), ['1.1.1.1']);
    writeFileSync(hostsFile, '10.0.0.22 b.example\n');
    assert.deepEqual(await addressesOf('b.example'), ['10.0.0.22']);
    assert.deepEqual(names.queries.toSorted(), ['b.example A', 'b.example AAAA']);
  });

  it('never asks a name server for localhost, even without a hosts file', async () => {
    await using names = await startNameServer({});
    const resolve = createResolver({ servers: [names.server], hostsFile: '/nonexistent/hosts' });
    for (const name of ['localhost', 'LOCALHOST.', 'a.localhost'])
      assert.deepEqual(
        (await resolve(name, { subject, signal: never })).map(({ address }) => address),
        ['127.0.0.1', '::1'],
      );
    assert.deepEqual(names.queries, []);
  });

  it('ends a lookup when it is aborted, and starts the next one', async () => {
    await using names = await startNameServer({ 'a.example': { addresses: ['1.1.1.1'] } });
    const resolve = createResolver({ servers: [names.server] });
    const controller = new AbortController();
    const { signal } = controller;
    const silent = Array.from({ length: 10 }, (_, index) => resolve(`silent${index}.example`, { subject, signal }));
    const settled = Promise.allSettled(silent);
    const next = resolve('a.example', { subject, signal: never });
    await eventually(() => assert.ok(names.queries.length >= 8));
    const reason = new Error('left');
    controller.abort(reason);
    for (const outcome of await settled) assert.equal(outcome.status === 'rejected' && outcome.reason, reason);
    assert.deepEqual(await next, [{ address: '1.1.1.1', family: 4 }]);
    const asked = new Set(names.queries.map((query) => query.split(' ')[0]));
    assert.equal(asked.size, 5, 'four at a time, and the next one');
  });

  it('cannot be created with a malformed server', () => {
    assert.throws(() => createResolver({ servers: ['1.1.1.1', 'ns.example'] }), {
      name: 'TypeError',
      message: 'SOURCE_DNS_SERVERS "1.1.1.1,ns.example" are not all addresses',
    });
  });
});
