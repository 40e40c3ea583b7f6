/** A path pattern of `custom.functionUrls` and the function behind it. */
export interface Route {
  readonly pattern: string;
  readonly functionName: string;
}

/** Routes in the order in which they are tried: the most specific first. */
export type RouteTable = readonly CompiledRoute[];

interface CompiledRoute extends Route {
  readonly segments: readonly Segment[];
}

type Segment = { kind: 'literal'; text: string } | { kind: 'parameter' } | { kind: 'greedy' };

/** Lower is more specific. A pattern that has ended is the most specific of all: only its own path can match it. */
const RANK = { literal: 1, parameter: 2, greedy: 3 } as const;
const ENDED = 0;

const PARAMETER = /^\{[A-Za-z_][\w-]*\}$/;
const GREEDY = /^\{[A-Za-z_][\w-]*\+\}$/;

/**
 * Compiles patterns: `/health`, `/jobs/{id}`, `/files/{rest+}` (one or more segments, at the end only).
 * Throws an Error for a pattern that is none, and for two patterns that match the same paths.
 */
export function compileRoutes(routes: readonly Route[]): RouteTable {
  const compiled = routes.map((route) => ({ ...route, segments: parsePattern(route.pattern) }));
  const shapes = new Map<string, string>();
  for (const { pattern, segments } of compiled) {
    const shape = segments.map((segment) => (segment.kind === 'literal' ? segment.text : RANK[segment.kind])).join('/');
    const twin = shapes.get(shape);
    if (twin !== undefined) throw new Error(`"${twin}" and "${pattern}" match the same paths`);
    shapes.set(shape, pattern);
  }
  return compiled.sort(bySpecificity);
}

/**
 * The function behind a path, or undefined. Segments are compared from the left as they stand in the request (not
 * percent-decoded): a literal beats a parameter, a parameter beats a greedy rest; an empty segment is no parameter, and
 * alone no rest.
 */
export function matchRoute(routes: RouteTable, path: string): string | undefined {
  const parts = path.split('/').slice(1);
  return routes.find((route) => matches(route.segments, parts))?.functionName;
}

function matches(segments: readonly Segment[], parts: readonly string[]): boolean {
  const open = segments.at(-1)?.kind === 'greedy';
  if (open ? parts.length < segments.length : parts.length !== segments.length) return false;
  return segments.every((segment, index) => {
    if (segment.kind === 'literal') return segment.text === parts[index];
    return segment.kind === 'greedy' ? parts.length > index + 1 || parts[index] !== '' : parts[index] !== '';
  });
}

function parsePattern(pattern: string): Segment[] {
  if (!pattern.startsWith('/')) throw new Error(`"${pattern}" does not start with "/"`);
  const parts = pattern.split('/').slice(1);
  return parts.map((part, index) => {
    if (PARAMETER.test(part)) return { kind: 'parameter' };
    if (GREEDY.test(part) && index === parts.length - 1) return { kind: 'greedy' };
    if (/[{}]/.test(part)) throw new Error(`"${part}" in "${pattern}" is neither text, {name} nor a last {name+}`);
    return { kind: 'literal', text: part };
  });
}

function bySpecificity(a: CompiledRoute, b: CompiledRoute): number {
  for (let index = 0; index < Math.max(a.segments.length, b.segments.length); index++) {
    const difference = rankAt(a, index) - rankAt(b, index);
    if (difference !== 0) return difference;
  }
  return 0;
}

function rankAt(route: CompiledRoute, index: number): number {
  const segment = route.segments[index];
  return segment === undefined ? ENDED : RANK[segment.kind];
}
