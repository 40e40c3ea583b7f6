import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flameGraph } from '../../bench/support/flame-graph.ts';
import { selfTimeByKind, selfTimes } from '../../bench/support/flame-self.ts';
import { type CpuProfile, type Frame, flameTree } from '../../bench/support/flame-tree.ts';
import { assertWellFormed } from './support/well-formed.ts';

const PROJECT = 'file:///srv/app/';
const PHASES = [
  { name: 'first', from: 1_000, to: 2_000 },
  { name: 'second', from: 2_000, to: 9_000 },
];

/** Nodes by number: name, URL, and callees. */
const CALLS: Readonly<Record<number, readonly [name: string, url: string, children?: readonly number[]]>> = {
  1: ['(root)', '', [2, 3, 4, 8]],
  2: ['(idle)', ''],
  3: ['(garbage collector)', ''],
  4: ['onread', 'node:net', [5, 6]],
  // V8 may have two nodes of one function below the same caller.
  5: ['forward', `${PROJECT}lib/body.ts`, [7]],
  6: ['forward', `${PROJECT}lib/body.ts`, [9]],
  7: ['writev', ''],
  8: ['', 'file:///srv/app/node_modules/undici/lib/a.js', [10]],
  9: ['writev', ''],
  10: ['wasm-function[2]', 'wasm://wasm/0a1b'],
};

/** A sample of a program: the running node, and the microseconds until the next sample. */
type Look = readonly [node: number, microseconds: number];

function profileOf(looks: readonly Look[]): CpuProfile {
  const nodes = Object.entries(CALLS).map(([id, [functionName, url, children = []]]) => ({
    id: Number(id),
    callFrame: { functionName, url, lineNumber: 6 },
    children,
  }));
  const durations = looks.map(([, microseconds]) => microseconds);
  return {
    startTime: 1_000,
    nodes,
    samples: [...looks.map(([node]) => node), 2],
    timeDeltas: [0, ...durations],
  };
}

function treeOf(...looks: Look[]): Frame[] {
  return flameTree(profileOf(looks), { phases: PHASES, project: PROJECT });
}

function below(frame: Frame | undefined, ...names: readonly string[]): Frame | undefined {
  return names.reduce((at, name) => [...(at?.children.values() ?? [])].find((child) => child.name === name), frame);
}

describe('the tree of calls', () => {
  it('counts a sample for the running function and all its callers', () => {
    const [first] = treeOf([7, 100], [5, 20], [4, 3]);
    assert.deepEqual([first?.total, first?.self], [123, 0]);
    assert.deepEqual([below(first, 'onread')?.total, below(first, 'onread')?.self], [123, 3]);
    const forward = below(first, 'onread', 'forward');
    assert.deepEqual([forward?.total, forward?.self, below(forward, 'writev')?.self], [120, 20, 100]);
  });

  it('merges calls of one function from one place', () => {
    const [first] = treeOf([7, 100], [9, 50], [6, 5]);
    assert.equal(below(first, 'onread')?.children.size, 1);
    assert.equal(below(first, 'onread', 'forward', 'writev')?.total, 150);
  });

  it('leaves out idle time', () => {
    const [first] = treeOf([2, 400], [3, 10], [2, 400]);
    assert.equal(first?.total, 10);
  });

  it('assigns each sample to a phase by its time, and leaves out samples outside all phases', () => {
    const [first, second] = treeOf([4, 600], [3, 400], [3, 500], [4, 6_500], [4, 100]);
    assert.deepEqual([first?.total, second?.total], [1_000, 7_000]);
    assert.deepEqual([below(second, 'onread')?.total, below(second, '(garbage collector)')?.total], [6_500, 500]);
  });

  it('returns the owner and location of the code', () => {
    const [first] = treeOf([7, 1], [3, 1], [10, 1]);
    const found = [
      below(first, 'onread'),
      below(first, 'onread', 'forward'),
      below(first, 'onread', 'forward', 'writev'),
      below(first, '(anonymous)'),
      below(first, '(anonymous)', 'wasm-function[2]'),
    ].map((frame) => [frame?.kind, frame?.place]);
    assert.deepEqual(found, [
      ['node', 'node:net:7'],
      ['ours', 'lib/body.ts:7'],
      ['engine', ''],
      ['package', 'undici/lib/a.js:7'],
      ['package', 'wasm'],
    ]);
  });
});

describe('self times of functions', () => {
  const frames = treeOf([7, 30], [5, 5], [4, 2], [3, 963], [9, 40], [8, 1]);

  it('are summed over all callers and phases, largest first', () => {
    assert.deepEqual(
      selfTimes(frames)
        .map(({ name, self }) => [name, self])
        .slice(0, 3),
      [
        ['(garbage collector)', 963],
        ['writev', 70],
        ['forward', 5],
      ],
    );
  });

  it('add up to the total by owner of the code', () => {
    assert.deepEqual(selfTimeByKind(frames), { ours: 5, package: 1, node: 2, engine: 1_033 });
  });
});

describe('the flame graph', () => {
  /** Returns position and text of each drawn function, from the top. */
  function drawn(svg: string): { words: string; x: number; y: number; width: number }[] {
    const calls = /<title>([^<]*)<\/title><rect class="frame \w+" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g;
    return [...svg.matchAll(calls)].map(([, words = '', x, y, width]) => ({
      ...{ words, x: Number(x), y: Number(y), width: Number(width) },
    }));
  }

  const svg = flameGraph(treeOf([7, 300], [5, 100], [3, 600], [4, 1_000]), 'a & b');

  it('draws frames as wide as their time, below their callers, the longest on the left', () => {
    const [phase, collector, onread, forward, writev, second] = drawn(svg);
    assert.match(phase?.words ?? '', /^first: 1\.0 ms$/);
    assert.match(collector?.words ?? '', /^\(garbage collector\): 0\.6 ms, 60\.0 %$/);
    assert.match(forward?.words ?? '', /^forward {2}lib\/body\.ts:7: 0\.4 ms, 40\.0 %$/);
    const width = phase?.width ?? 0;
    for (const [frame, share] of [
      [collector, 0.6],
      [onread, 0.4],
      [forward, 0.4],
      [writev, 0.3],
      [second, 1],
    ] as const) {
      assert.ok(Math.abs((frame?.width ?? 0) - share * width) < 0.2, `${frame?.words} is not ${share} of ${width}`);
    }
    assert.equal(collector?.x, 0);
    assert.ok(Math.abs((onread?.x ?? 0) - (collector?.width ?? 0)) < 0.2);
    const rows = [phase, onread, forward, writev].map((frame) => frame?.y ?? Number.NaN);
    assert.equal(new Set(rows.slice(1).map((y, index) => y - (rows[index] ?? 0))).size, 1);
    assert.ok((second?.x ?? 0) > width);
  });

  it('cuts names to the width of their frames, and leaves out frames that are too narrow', () => {
    const narrow = flameGraph(treeOf([3, 960], [7, 39], [8, 1]), '');
    assert.match(narrow, /<text [^>]*>writ…<\/text>/);
    assert.ok(!drawn(narrow).some(({ words }) => words.startsWith('(anonymous)')));
  });

  it('is well-formed with any names of functions', () => {
    const [first] = treeOf([7, 100]);
    const odd: Frame = {
      name: '<anonymous> & "it"',
      place: '',
      kind: 'ours',
      self: 50,
      total: 50,
      children: new Map(),
    };
    first?.children.set('odd', odd);
    assertWellFormed(flameGraph(first ? [first] : [], '<&>'));
    assertWellFormed(svg);
  });

  it('is a valid picture without any samples', () => {
    assertWellFormed(flameGraph([], ''));
    assertWellFormed(flameGraph(treeOf([2, 100]), ''));
  });
});
