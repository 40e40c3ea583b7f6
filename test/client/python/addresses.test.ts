import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { createAddressPolicy } from '#lib/sources/connection/address-policy.ts';
import { PYTHON, PYTHON_MISSING } from './interpreter.ts';

const PROGRAM = fileURLToPath(new URL('../../../client/python/tests/programs/addresses.py', import.meta.url));
const PACKAGE_FOLDER = fileURLToPath(new URL('../../../client/python', import.meta.url));

/** First bytes of special ranges; what follows is random. */
const BEGINNINGS = [
  '0',
  '10',
  '100.64',
  '100.128',
  '127',
  '169.254',
  '172.16',
  '172.32',
  '192.0.0',
  '192.0.2',
  '192.31.196',
  '192.52.193',
  '192.88.99',
  '192.168',
  '192.175.48',
  '198.18',
  '198.51.100',
  '203.0.113',
  '224',
  '239',
  '240',
  '255',
  '168.63.129.16',
].map((text) => text.split('.').map(Number));
const BEGINNINGS_V6 = [
  '::',
  '::ffff:0:0',
  '64:ff9b::',
  '64:ff9b:1::',
  '100::',
  '2001::',
  '2001:3::',
  '2001:4:112::',
  '2001:20::',
  '2001:1ff::',
  '2001:200::',
  '2001:db8::',
  '2002::',
  '2606:4700::',
  '2620:4f:8000::',
  '2620:4f:8001::',
  '3fff::',
  '3fff:1000::',
  '4000::',
  'fc00::',
  'fe80::',
  'fec0::',
  'ff02::',
].map((text) => ipaddr.parse(text).toByteArray());

const bytes = (length: number) => fc.array(fc.integer({ min: 0, max: 255 }), { minLength: length, maxLength: length });
const v4 = fc
  .tuple(fc.constantFrom([], ...BEGINNINGS), bytes(4))
  .map(([begin, random]) => [...begin, ...random.slice(begin.length)].join('.'));
const v6 = fc
  .tuple(fc.constantFrom(...BEGINNINGS_V6), bytes(16), fc.integer({ min: 2, max: 15 }))
  .map(([begin, random, kept]) => ipaddr.fromByteArray([...begin.slice(0, kept), ...random.slice(kept)]).toString());
const port = fc.oneof(fc.constantFrom(80, 443, 8000, 8999, 9000, 22), fc.integer({ min: 1, max: 65_535 }));
const network = fc
  .tuple(fc.oneof(v4, v6), fc.integer({ min: 0, max: 130 }), fc.option(fc.integer({ min: 0, max: 65_540 })))
  .map(([address, bits, to]) => {
    const cidr = `${address}/${bits}`;
    if (to === null) return cidr;
    return address.includes(':') ? `[${cidr}]:${to}` : `${cidr}:${to}`;
  });
const odd = fc.constantFrom(
  '',
  'localhost',
  '10.0.0.0/8/8',
  '0x7f.0.0.1',
  '010.0.0.1',
  '[::1',
  '10.0.0.0/08',
  '1.1.1.1',
);
const networks = fc.array(fc.oneof({ weight: 9, arbitrary: network }, { weight: 1, arbitrary: odd }), { maxLength: 2 });
const policy = fc.record({
  allowed: networks,
  denied: networks,
  ports: fc.array(fc.constantFrom('7000', '9000-9010', '80', '0', '9-8', 'http'), { maxLength: 1 }),
  addresses: fc.array(fc.tuple(fc.oneof(v4, v6), port), { minLength: 50, maxLength: 50 }),
});

function allowed({ allowed: allowedNetworks, denied: deniedNetworks, ports: allowedPorts, addresses }: Asked) {
  try {
    const own = createAddressPolicy({ kind: 'SOURCE', allowedNetworks, deniedNetworks, allowedPorts });
    return addresses.map(([ip, to]) => own.allows(ip, to));
  } catch (error) {
    assert.ok(error instanceof TypeError);
    return null;
  }
}
type Asked = typeof policy extends fc.Arbitrary<infer Value> ? Value : never;

test('the Python package allows the addresses that the service allows', { skip: PYTHON_MISSING }, () => {
  const asked = [
    ...fc.sample(policy, 400),
    ...fc.sample(policy, 100).map((each) => ({ ...each, allowed: [], denied: [], ports: [] })),
  ];
  const output = execFileSync(PYTHON, [PROGRAM], {
    input: asked.map((each) => JSON.stringify(each)).join('\n'),
    encoding: 'utf8',
    env: { PYTHONPATH: PACKAGE_FOLDER, PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: 1 << 26,
  });
  const answers = output.trimEnd().split('\n');
  assert.equal(answers.length, asked.length);
  for (const [index, each] of asked.entries()) {
    const expected = allowed(each);
    const answer = JSON.parse(answers[index] ?? '');
    const differing = each.addresses.filter((_, at) => expected?.[at] !== answer?.[at]);
    assert.deepEqual(
      differing,
      [],
      JSON.stringify({ ...each, addresses: [], expected: expected === null, answer: answer === null }),
    );
    assert.equal(answer === null, expected === null);
  }
});
