import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { createAddressPolicy } from '#lib/sources/connection/address-policy.ts';

const REFUSED_V4 = {
  unspecified: '0.0.0.0/8',
  'private (10)': '10.0.0.0/8',
  'carrier-grade NAT': '100.64.0.0/10',
  loopback: '127.0.0.0/8',
  'link-local with the metadata service': '169.254.0.0/16',
  'private (172)': '172.16.0.0/12',
  'protocol assignments': '192.0.0.0/24',
  'documentation 1': '192.0.2.0/24',
  '6to4 relays': '192.88.99.0/24',
  'private (192)': '192.168.0.0/16',
  benchmarking: '198.18.0.0/15',
  'documentation 2': '198.51.100.0/24',
  'documentation 3': '203.0.113.0/24',
  multicast: '224.0.0.0/4',
  'reserved with broadcast': '240.0.0.0/4',
  'metadata of Azure': '168.63.129.16/32',
};

const REFUSED_V6 = {
  'unspecified, loopback and IPv4-compatible': '::/96',
  'local NAT64': '64:ff9b:1::/48',
  discard: '100::/64',
  Teredo: '2001::/32',
  'protocol assignments': '2001::/23',
  documentation: '2001:db8::/32',
  '6to4': '2002::/16',
  'documentation 2': '3fff::/20',
  'not assigned': '4000::/3',
  'unique local': 'fc00::/7',
  'link-local': 'fe80::/10',
  'deprecated site-local': 'fec0::/10',
  multicast: 'ff00::/8',
};

const nothingListed = createAddressPolicy([]);
const port = fc.integer({ min: 1, max: 65_535 });
const octet = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));

describe('the address policy', () => {
  for (const [name, cidr] of Object.entries({ ...REFUSED_V4, ...REFUSED_V6 })) {
    it(`refuses every address of ${name}, ${cidr}`, () => {
      fc.assert(fc.property(addressIn(cidr), port, (ip, to) => !nothingListed.allows(ip, to)));
    });
  }

  for (const ip of [
    '1.1.1.1',
    '93.184.216.34',
    '172.15.255.255',
    '172.32.0.0',
    '2606:4700::1111',
    '2a00:1450:4001::1',
  ]) {
    it(`allows ${ip}, which is public`, () => {
      assert.equal(nothingListed.allows(ip, 443), true);
    });
  }

  for (const prefix of ['::ffff:', '64:ff9b::']) {
    it(`judges an IPv4 address in ${prefix} as that address`, () => {
      const policy = createAddressPolicy(['10.0.0.0/8:8080']);
      fc.assert(
        fc.property(
          ipv4,
          fc.constantFrom(80, 8080),
          (ip, to) => policy.allows(prefix + ip, to) === policy.allows(ip, to),
        ),
      );
      assert.equal(policy.allows(`${prefix}169.254.169.254`, 80), false);
      assert.equal(policy.allows(`${prefix}10.0.0.1`, 8080), true);
    });
  }

  it('refuses what is not a literal address', () => {
    for (const text of [
      '',
      'localhost',
      '1.1.1',
      '0x01010101',
      '16843009',
      '01.1.1.1',
      '[2606:4700::1111]',
      '1.1.1.1:80',
    ]) {
      assert.equal(nothingListed.allows(text, 80), false, text);
    }
  });

  it('refuses a link-local address with a zone', () => {
    assert.equal(nothingListed.allows('fe80::1%eth0', 80), false);
  });

  it('allows a listed network only on its port', () => {
    const policy = createAddressPolicy(['127.0.0.1/32:9000', '[fd00::/8]:8080', '192.168.0.0/16']);
    assert.equal(policy.allows('127.0.0.1', 9000), true);
    assert.equal(policy.allows('127.0.0.1', 9001), false);
    assert.equal(policy.allows('127.0.0.2', 9000), false);
    assert.equal(policy.allows('fd12::1', 8080), true);
    assert.equal(policy.allows('fd12::1', 80), false);
    assert.equal(policy.allows('192.168.7.7', 1), true);
  });

  it('never allows less when more networks are listed', () => {
    const more = createAddressPolicy(['10.0.0.0/8']);
    fc.assert(fc.property(ipv4, port, (ip, to) => !nothingListed.allows(ip, to) || more.allows(ip, to)));
  });

  it('cannot be created with a malformed entry', () => {
    assert.throws(() => createAddressPolicy(['10.0.0.0/8', 'nonsense']), /"nonsense"/);
  });
});

/** Generates addresses of a network, including its first and last one. */
function addressIn(cidr: string): fc.Arbitrary<string> {
  const [base, prefixLength] = ipaddr.parseCIDR(cidr);
  const bytes = base.toByteArray();
  return fc
    .array(fc.oneof(octet, fc.constant(0), fc.constant(255)), { minLength: bytes.length, maxLength: bytes.length })
    .map((random) => {
      const mixed = bytes.map((byte, index) => {
        const hostBits = Math.min(8, Math.max(0, 8 * (index + 1) - prefixLength));
        const hostMask = (1 << hostBits) - 1;
        return (byte & ~hostMask) | ((random[index] ?? 0) & hostMask);
      });
      return ipaddr.fromByteArray(mixed).toString();
    });
}
