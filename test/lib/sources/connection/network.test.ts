import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import ipaddr from 'ipaddr.js';
import { networkContains, parseNetwork } from '#lib/sources/connection/network.ts';

describe('an entry of a list of networks', () => {
  const readable: [entry: string, base: string, prefixLength: number, port: number | undefined][] = [
    ['10.0.0.0/8', '10.0.0.0', 8, undefined],
    ['127.0.0.1/32:9000', '127.0.0.1', 32, 9000],
    ['127.0.0.1', '127.0.0.1', 32, undefined],
    ['127.0.0.1:9000', '127.0.0.1', 32, 9000],
    ['0.0.0.0/0', '0.0.0.0', 0, undefined],
    ['::1', '::1', 128, undefined],
    ['fd00::/8', 'fd00::', 8, undefined],
    ['[fd00::/8]', 'fd00::', 8, undefined],
    ['[fd00::/8]:8080', 'fd00::', 8, 8080],
  ];
  for (const [entry, base, prefixLength, port] of readable) {
    it(`parses ${entry}`, () => {
      const network = parseNetwork('SOURCE_ALLOWED_NETWORKS', entry);
      assert.deepEqual([network.base.toString(), network.prefixLength, network.port], [base, prefixLength, port]);
    });
  }

  const malformed = [
    '',
    'localhost',
    'localhost:9000',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '0x7f.0.0.1',
    '010.0.0.1/8',
    '127.0.0.1/32:0',
    '127.0.0.1/32:65536',
    '127.0.0.1/32:http',
    'fd00::/129',
    '[fd00::/8',
    '[fd00::/8]:',
    '::ffff:10.0.0.0/104',
    '10.0.0.0/8 ',
  ];
  for (const entry of malformed) {
    it(`rejects "${entry}" and names it and the setting`, () => {
      assert.throws(
        () => parseNetwork('SOURCE_ALLOWED_NETWORKS', entry),
        (error) => error instanceof TypeError && error.message.startsWith(`SOURCE_ALLOWED_NETWORKS entry "${entry}" `),
      );
    });
  }

  it('contains exactly its addresses', () => {
    const network = parseNetwork('SOURCE_DENIED_NETWORKS', '10.1.0.0/16');
    assert.equal(networkContains(network, ipaddr.parse('10.1.255.255'), 80), true);
    assert.equal(networkContains(network, ipaddr.parse('10.2.0.0'), 80), false);
    assert.equal(networkContains(network, ipaddr.parse('fd00::1'), 80), false);
  });

  it('contains them only at its port, if it has one', () => {
    const network = parseNetwork('SOURCE_ALLOWED_NETWORKS', '10.1.0.0/16:9000');
    assert.equal(networkContains(network, ipaddr.parse('10.1.2.3'), 9000), true);
    assert.equal(networkContains(network, ipaddr.parse('10.1.2.3'), 9001), false);
  });
});
