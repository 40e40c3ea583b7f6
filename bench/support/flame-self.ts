import type { Frame, FrameKind } from './flame-tree.ts';

export type SelfTime = Pick<Frame, 'name' | 'place' | 'kind' | 'self'>;

/** Returns the self time of functions over all callers, largest first, in microseconds. */
export function selfTimes(frames: Iterable<Frame>): SelfTime[] {
  const found = new Map<string, SelfTime>();
  for (const { name, place, kind, self } of everyFrame(frames)) {
    const key = `${name} ${place}`;
    found.set(key, { name, place, kind, self: (found.get(key)?.self ?? 0) + self });
  }
  return [...found.values()].sort((a, b) => b.self - a.self);
}

/** Returns the self time by the owner of the code. */
export function selfTimeByKind(frames: Iterable<Frame>): Readonly<Record<Exclude<FrameKind, 'phase'>, number>> {
  const sums = { ours: 0, package: 0, node: 0, engine: 0 };
  for (const { kind, self } of everyFrame(frames)) if (kind !== 'phase') sums[kind] += self;
  return sums;
}

function* everyFrame(frames: Iterable<Frame>): Generator<Frame> {
  for (const frame of frames) {
    yield frame;
    yield* everyFrame(frame.children.values());
  }
}
