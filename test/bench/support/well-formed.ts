import assert from 'node:assert/strict';

/** Fails unless all elements are closed in order and all numbers are valid. */
export function assertWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, close, name = '', empty] of svg.matchAll(/<(\/?)([a-z]+)(?: [a-z0-9-]+="[^"<>]*")*(\/?)>/gi)) {
    if (close) assert.equal(open.pop(), name);
    else if (!empty) open.push(name);
  }
  assert.deepEqual(open, []);
  assert.equal(svg.replace(/<\/?[a-z]+(?: [a-z0-9-]+="[^"<>]*")*\/?>/gi, '').match(/[<>]/), null);
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
}
