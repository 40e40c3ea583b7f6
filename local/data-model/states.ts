import type { Transitions } from '#lib/work/lifecycle.ts';
import type { KindOfWork } from './kinds-of-work.ts';
import { code, table } from './markdown.ts';

/** The section of one kind of work: a diagram of its states and a table of the transitions. */
export function stateSection({ name, table: home, column, transitions }: KindOfWork): string {
  const rows = Object.entries(transitions).map(([state, next]) => [
    code(state),
    next.length === 0 ? 'nothing: final' : next.map(code).join(', '),
  ]);
  return [
    `### ${name}`,
    `Kept in [${code(home)}](#${home}), column ${code(column)}.`,
    diagram(transitions),
    table(['state', 'may become'], rows),
  ].join('\n\n');
}

/** A Mermaid diagram from the first state to the final ones. */
function diagram(transitions: Transitions<string>): string {
  const [first] = Object.keys(transitions);
  const steps = Object.entries(transitions).flatMap(([state, next]) =>
    next.length === 0 ? [`${state} --> [*]`] : next.map((to) => `${state} --> ${to}`),
  );
  return ['```mermaid', 'stateDiagram-v2', ...[`[*] --> ${first}`, ...steps].map((step) => `  ${step}`), '```'].join(
    '\n',
  );
}
