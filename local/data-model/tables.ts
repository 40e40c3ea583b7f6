import type { ColumnShape, TableShape } from './catalog.ts';
import type { KindOfWork } from './kinds-of-work.ts';
import { code, table } from './markdown.ts';
import type { TableComment } from './table-comments.ts';

/**
 * Returns the section of one table. A column's description is its comment, else that of the record's field that it
 * holds. Throws an Error when the comments and the database do not have the same columns.
 */
export function tableSection(
  shape: TableShape,
  comment: TableComment | undefined,
  work: KindOfWork | undefined,
): string {
  const names = shape.columns.map(({ name }) => name);
  if (comment === undefined || !isSame(names, [...comment.columns.keys()])) {
    throw tablesDiffer(shape.name);
  }
  const rows = shape.columns.map((column) => {
    const described = comment.columns.get(column.name) || work?.fields.get(column.name) || '';
    return [code(column.name), ...typeCells(column), described];
  });
  return [
    `### ${shape.name}`,
    comment.text,
    work === undefined ? '' : `Its states: [${work.name}](#${work.name.toLowerCase()}).`,
    table(['column', 'type', 'null', 'default', 'what it holds'], rows),
    shape.rules.map(({ name, definition }) => `- ${code(name)}: ${code(definition)}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The error for a table whose type does not match the table that the migrations create. */
export function tablesDiffer(name: string): Error {
  return new Error(`lib/store/tables.ts and the migrations differ in the table ${name}`);
}

function typeCells({ type, nullable, standard }: ColumnShape): string[] {
  return [code(type), nullable ? 'yes' : 'no', standard === null ? '' : code(standard)];
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.toSorted().join() === other.toSorted().join();
}
