import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { HttpEvent } from '#lib/http/event.ts';
import { clientAddress, parseNetwork } from '#lib/http/middlewares/client-address.ts';

const PROXIES = ['10.0.0.0/8', '192.0.2.1', 'fd00::/8'];

function addressOf(sourceIp: string, forwarded?: string, proxies: readonly string[] = PROXIES): string {
  const event = { requestContext: { http: { sourceIp } }, headers: { 'x-forwarded-for': forwarded } };
  void clientAddress(proxies).before?.({ event } as never);
  return (event as unknown as HttpEvent).address;
}

describe('the address of a request', () => {
  it('is the address of a connection that is not from a trusted proxy, whatever is forwarded', () => {
    assert.equal(addressOf('203.0.113.7'), '203.0.113.7');
    assert.equal(addressOf('203.0.113.7', '198.51.100.1'), '203.0.113.7');
    assert.equal(addressOf('10.1.1.1', '198.51.100.1', []), '10.1.1.1');
  });

  it('is the last one that is not a trusted proxy', () => {
    for (const [forwarded, address] of [
      ['198.51.100.1', '198.51.100.1'],
      ['1.1.1.1, 198.51.100.1', '198.51.100.1'],
      ['1.1.1.1, 198.51.100.1, 10.2.2.2, 192.0.2.1', '198.51.100.1'],
      ['198.51.100.1,10.2.2.2', '198.51.100.1'],
      ['10.3.3.3, 10.2.2.2', '10.3.3.3'],
      ['198.51.100.1:4711', '198.51.100.1'],
      ['2001:db8::1', '2001:db8::1'],
      ['[2001:db8::1]:4711', '2001:db8::1'],
      ['198.51.100.1, fd00::1', '198.51.100.1'],
      ['::ffff:198.51.100.1', '198.51.100.1'],
      ['198.51.100.1, ::ffff:10.2.2.2', '198.51.100.1'],
    ] as const) {
      assert.equal(addressOf('10.1.1.1', forwarded), address, forwarded);
      assert.equal(addressOf('::ffff:10.1.1.1', forwarded), address, forwarded);
    }
  });

  it('is the address of the connection when the forwarded text is not a list of addresses', () => {
    for (const forwarded of [
      '',
      ',',
      'unknown',
      '198.51.100.1,',
      'evil, 10.2.2.2',
      '127.1',
      '0x7f000001',
      '1',
      '1.2.3.4.5',
    ]) {
      assert.equal(addressOf('10.1.1.1', forwarded), '10.1.1.1', forwarded);
    }
  });

  it('is the connection’s or a forwarded one, for any header', () => {
    const part = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constantFrom('10.0.0.1', 'fd00::1'));
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const address = addressOf('10.1.1.1', parts.join(', '));
        assert.ok(
          address === '10.1.1.1' || parts.some((text) => addressOf(text.trim(), undefined) === address),
          address,
        );
      }),
    );
  });

  it('cannot be chosen by the client with its own header', () => {
    fc.assert(
      fc.property(fc.string(), (claimed) => {
        assert.equal(addressOf('10.1.1.1', `${claimed},198.51.100.1`), '198.51.100.1');
      }),
    );
  });
});

describe('a trusted proxy', () => {
  it('must be a network or an address; otherwise startup fails and names the setting', () => {
    for (const network of ['10.0.0.0/8', '::1/128', '10.0.0.1', 'fd00::1']) parseNetwork(network);
    for (const text of ['proxy', '10.0.0.0/33', '10.0.0.0/', '/8']) {
      assert.throws(() => parseNetwork(text), /TRUSTED_PROXIES.*neither a network/, text);
    }
  });
});
