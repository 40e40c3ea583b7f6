import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { type AddressPolicyOptions, createAddressPolicy } from '#lib/sources/connection/address-policy.ts';

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

const policyOf = (options: Omit<AddressPolicyOptions, 'kind'> = {}) =>
  createAddressPolicy({ kind: 'SOURCE', ...options });
const nothingListed = policyOf();
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
      const policy = policyOf({ allowedNetworks: ['10.0.0.0/8:8080'] });
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
    const policy = policyOf({ allowedNetworks: ['127.0.0.1/32:9000', '[fd00::/8]:8080', '192.168.0.0/16'] });
    assert.equal(policy.allows('127.0.0.1', 9000), true);
    assert.equal(policy.allows('127.0.0.1', 9001), false);
    assert.equal(policy.allows('127.0.0.2', 9000), false);
    assert.equal(policy.allows('fd12::1', 8080), true);
    assert.equal(policy.allows('fd12::1', 80), false);
    assert.equal(policy.allows('192.168.7.7', 1), true);
  });

  it('never allows less when more networks are listed', () => {
    const more = policyOf({ allowedNetworks: ['10.0.0.0/8'] });
    fc.assert(fc.property(ipv4, port, (ip, to) => !nothingListed.allows(ip, to) || more.allows(ip, to)));
  });

  it('cannot be created with a malformed entry, which it names with its setting', () => {
    const malformed = ['10.0.0.0/8', 'nonsense'];
    assert.throws(() => policyOf({ allowedNetworks: malformed }), /SOURCE_ALLOWED_NETWORKS entry "nonsense"/);
    assert.throws(() => policyOf({ deniedNetworks: malformed }), /SOURCE_DENIED_NETWORKS entry "nonsense"/);
    for (const entry of ['', '0', '65536', '80-', '-80', '90-80', 'http', '1-2-3', '80 '])
      assert.throws(() => policyOf({ allowedPorts: ['7000', entry] }), {
        name: 'TypeError',
        message: `SOURCE_ALLOWED_PORTS entry "${entry}" is not a port or a range of ports`,
      });
  });

  it('allows the ports of web servers and radios at public addresses, and those listed', () => {
    const listed = policyOf({ allowedPorts: ['7000', '9000-9010'] });
    const usual = [80, 443, 8000, 8443, 8999];
    for (const to of usual) assert.equal(nothingListed.allows('1.1.1.1', to), true, `${to}`);
    for (const to of [...usual, 7000, 9000, 9010]) assert.equal(listed.allows('1.1.1.1', to), true, `${to}`);
    for (const to of [1, 22, 25, 79, 81, 3306, 5432, 6379, 7000, 7999, 9000, 9200, 65_535])
      assert.equal(nothingListed.allows('1.1.1.1', to), false, `${to}`);
    for (const to of [6999, 7001, 8_99, 9011]) assert.equal(listed.allows('2606:4700::1111', to), false, `${to}`);
  });

  it('allows every port of a network that is listed without one, even if the network is public', () => {
    assert.equal(policyOf({ allowedNetworks: ['1.1.1.0/24'] }).allows('1.1.1.1', 25), true);
    assert.equal(policyOf({ allowedNetworks: ['1.1.1.0/24:2525'] }).allows('1.1.1.1', 25), false);
    assert.equal(policyOf({ allowedNetworks: ['1.1.1.0/24:2525'] }).allows('1.1.1.1', 80), true);
  });

  it('allows callbacks port 443 of public addresses, and nothing public where only what is listed counts', () => {
    const allowedNetworks = ['10.0.0.0/8', '1.1.1.1/32:8080'];
    const callbacks = createAddressPolicy({ kind: 'CALLBACK', allowedNetworks });
    const listed = createAddressPolicy({ kind: 'CALLBACK', allowedNetworks, onlyListed: true });
    const tried = [
      ['1.1.1.1', 443],
      ['1.1.1.1', 80],
      ['1.1.1.1', 8000],
      ['1.1.1.1', 8080],
      ['10.1.2.3', 80],
      ['127.0.0.1', 443],
    ] as const;
    assert.deepEqual(
      tried.map(([ip, to]) => callbacks.allows(ip, to)),
      [true, false, false, true, true, false],
    );
    assert.deepEqual(
      tried.map(([ip, to]) => listed.allows(ip, to)),
      [false, false, false, true, true, false],
    );
    assert.throws(
      () => createAddressPolicy({ kind: 'CALLBACK', allowedNetworks: ['x'] }),
      /CALLBACK_ALLOWED_NETWORKS entry "x"/,
    );
  });

  it('refuses a denied network, even if it is public or allowed, however its address is written', () => {
    const policy = policyOf({
      allowedNetworks: ['10.0.0.0/8', '192.168.0.0/16'],
      deniedNetworks: ['1.1.1.1', '10.1.0.0/16', '192.168.0.1:8080', '2606:4700::/32'],
    });
    for (const ip of ['1.1.1.1', '::ffff:1.1.1.1', '64:ff9b::101:101', '10.1.2.3', '2606:4700::1111'])
      assert.equal(policy.allows(ip, 443), false, ip);
    assert.equal(policy.allows('192.168.0.1', 8080), false);
    for (const ip of ['1.1.1.2', '10.2.0.1', '192.168.0.1']) assert.equal(policy.allows(ip, 443), true, ip);
  });

  it('refuses the addresses of this machine’s interfaces, which it reads live, unless they are listed', (t) => {
    const own = { v4: '93.184.216.34', v6: '2606:2800:220:1::1946' };
    assert.deepEqual(
      Object.values(own).map((ip) => nothingListed.allows(ip, 443)),
      [true, true],
    );
    const about = { netmask: '', mac: '', internal: false, cidr: null } as const;
    const mock = t.mock.method(os, 'networkInterfaces', () => ({
      eth0: [
        { ...about, address: own.v4, family: 'IPv4' as const },
        { ...about, address: own.v6, family: 'IPv6' as const, scopeid: 0 },
      ],
    }));
    syncBuiltinESMExports();
    try {
      for (const ip of [own.v4, `::ffff:${own.v4}`, '64:ff9b::5db8:d822', own.v6, '2606:2800:220:1:0:0:0:1946'])
        assert.equal(nothingListed.allows(ip, 443), false, ip);
      assert.equal(nothingListed.allows('93.184.216.35', 443), true);
      assert.equal(policyOf({ allowedNetworks: [`${own.v4}/32:443`] }).allows(own.v4, 443), true);
    } finally {
      mock.mock.restore();
      syncBuiltinESMExports();
    }
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
