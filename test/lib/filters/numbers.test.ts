import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decimal } from '#lib/filters/numbers.ts';

describe('a number in filter options', () => {
  it('has no trailing zeros, and keeps the significant ones', () => {
    const cases = {
      0: '0',
      1: '1',
      10: '10',
      100: '100',
      1.5: '1.5',
      '-0.25': '-0.25',
      0.1: '0.1',
      1000.001: '1000.001',
    };
    for (const [value, text] of Object.entries(cases)) assert.equal(decimal(Number(value)), text);
  });

  it('has no exponent, however small', () => {
    assert.equal(decimal(1e-7), '0.0000001');
    assert.match(decimal(1e-12), /^-?0$/);
    assert.match(decimal(-1e-12), /^-?0$/);
  });

  it('keeps its value to nine decimals', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (value) => {
        const text = decimal(value);
        assert.match(text, /^-?\d+(\.\d{1,9})?$/);
        assert.ok(Math.abs(Number(text) - value) <= 1e-9);
      }),
    );
  });
});
