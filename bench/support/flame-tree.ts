/** The output of V8's `--cpu-prof`. Times are microseconds of the machine's monotonic clock. */
export type CpuProfile = {
  readonly startTime: number;
  readonly nodes: readonly ProfileNode[];
  /** The running node at each sample. */
  readonly samples: readonly number[];
  /** Microseconds since the previous sample, or since the start. */
  readonly timeDeltas: readonly number[];
};

type ProfileNode = {
  readonly id: number;
  /** `lineNumber` counts from 0. */
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
};

/** A part of the profile that is analysed separately, in microseconds of the same clock. */
export type Phase = { readonly name: string; readonly from: number; readonly to: number };

/** The owner of the code. `engine` is V8 itself, the C++ of Node, and their system calls. */
export type FrameKind = 'phase' | 'ours' | 'package' | 'node' | 'engine';

/** A function below its callers, with all calls from there merged; times in microseconds. */
export type Frame = {
  readonly name: string;
  readonly place: string;
  readonly kind: FrameKind;
  self: number;
  total: number;
  readonly children: Map<string, Frame>;
};

/** Returns the merged calls of each phase, without idle time. `project` is the URL of the project folder. */
export function flameTree(profile: CpuProfile, { phases, project }: { phases: readonly Phase[]; project: string }) {
  const stacks = stacksOf(profile, project);
  const frames = phases.map(({ name }) => newFrame({ name, place: '', kind: 'phase' }));
  let at = profile.startTime;
  profile.samples.forEach((node, index) => {
    at += profile.timeDeltas[index] ?? 0;
    const phase = frames[phases.findIndex(({ from, to }) => from <= at && at < to)];
    const stack = stacks.get(node);
    // The sampled function counts until the next sample.
    if (phase && stack) add(phase, stack, Math.max(0, profile.timeDeltas[index + 1] ?? 0));
  });
  return frames;
}

type Described = Pick<Frame, 'name' | 'place' | 'kind'>;

/** Returns the callers of each node and itself, outermost first; none for an idle node. */
function stacksOf({ nodes }: CpuProfile, project: string): Map<number, readonly Described[]> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const stacks = new Map<number, readonly Described[]>();
  const [root] = nodes;
  const waiting: [ProfileNode, readonly Described[]][] = root === undefined ? [] : [[root, []]];
  for (const [node, callers] of waiting) {
    const isRoot = node === root;
    const stack = isRoot ? callers : [...callers, describe(node, project)];
    if (!isRoot && node.callFrame.functionName !== '(idle)') stacks.set(node.id, stack);
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child) waiting.push([child, stack]);
    }
  }
  return stacks;
}

function describe({ callFrame: { functionName, url, lineNumber } }: ProfileNode, project: string): Described {
  const name = functionName === '' ? '(anonymous)' : functionName;
  const line = `:${lineNumber + 1}`;
  if (url === '') return { name, place: '', kind: 'engine' };
  if (url.startsWith('node:')) return { name, place: url + line, kind: 'node' };
  const [, inPackage] = /^.*\/node_modules\/(.*)$/.exec(url) ?? [];
  if (inPackage !== undefined) return { name, place: inPackage + line, kind: 'package' };
  if (url.startsWith(project)) return { name, place: url.slice(project.length) + line, kind: 'ours' };
  // WebAssembly has no lines.
  return { name, place: url.replace(/:.*/s, ''), kind: 'package' };
}

function add(phase: Frame, stack: readonly Described[], microseconds: number): void {
  let frame = phase;
  frame.total += microseconds;
  for (const described of stack) {
    const key = `${described.name} ${described.place}`;
    const child = frame.children.get(key) ?? newFrame(described);
    frame.children.set(key, child);
    child.total += microseconds;
    frame = child;
  }
  frame.self += microseconds;
}

function newFrame(described: Described): Frame {
  return { ...described, self: 0, total: 0, children: new Map() };
}
