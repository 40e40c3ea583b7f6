/** One entry of `custom.functionUrls`: a path pattern and the function whose URL it maps to. */
export type UrlRoute = {
  readonly pattern: string;
  readonly functionName: string;
};

/** Routes in the order in which they are tried: the most specific first. */
export type UrlRouteTable = readonly CompiledUrlRoute[];

type CompiledUrlRoute = UrlRoute & {
  readonly segments: readonly Segment[];
};

type Segment = { kind: 'literal'; text: string } | { kind: 'parameter' } | { kind: 'greedy' };

/** Lower is more specific. A pattern without further segments is the most specific: it matches one path only. */
const RANK = { literal: 1, parameter: 2, greedy: 3 } as const;
const NO_SEGMENT = 0;

const PARAMETER = /^\{[A-Za-z_][\w-]*\}$/;
const GREEDY = /^\{[A-Za-z_][\w-]*\+\}$/;

/**
 * Compiles patterns: `/health`, `/jobs/{id}`, `/files/{rest+}` (one or more segments, at the end only).
 * Throws an Error for an invalid pattern, and for two patterns that match the same paths.
 */
export function compileUrlRoutes(routes: readonly UrlRoute[]): UrlRouteTable {
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
 * Returns the name of the function that a path maps to, or undefined. Segments are compared from the left, without
 * percent-decoding: a literal beats a parameter, a parameter beats a greedy rest. An empty segment matches no parameter,
 * and a greedy rest must not be one empty segment.
 */
export function matchUrlRoute(routes: UrlRouteTable, path: string): string | undefined {
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

function bySpecificity(a: CompiledUrlRoute, b: CompiledUrlRoute): number {
  for (let index = 0; index < Math.max(a.segments.length, b.segments.length); index++) {
    const difference = rankAt(a, index) - rankAt(b, index);
    if (difference !== 0) return difference;
  }
  return 0;
}

function rankAt(route: CompiledUrlRoute, index: number): number {
  const segment = route.segments[index];
  return segment === undefined ? NO_SEGMENT : RANK[segment.kind];
}
