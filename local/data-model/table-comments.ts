export type TableComment = {
  /** Empty where the type has no comment. */
  readonly text: string;
  readonly columns: ReadonlyMap<string, string>;
};

/**
 * Returns the doc comments of each table and its columns, by the table's name. `source` is the text of
 * `lib/store/tables.ts`: types with one member a line, and the type `Tables` that names them all. Throws an Error when
 * a table has no type.
 */
export function tableComments(source: string): ReadonlyMap<string, TableComment> {
  const types = new Map(
    Array.from(source.matchAll(TYPE), ([, comment, name = '', body = '']) => [name, { comment, body }]),
  );
  const tables = types.get('Tables');
  if (tables === undefined) throw new Error('the source has no type Tables');
  return new Map(
    Array.from(tables.body.matchAll(MEMBER), ([, , table = '', typeName = '']) => {
      const type = types.get(typeName);
      if (type === undefined) throw new Error(`the table ${table} has no type ${typeName}`);
      return [table, { text: textOf(type.comment), columns: columnsOf(type.body) }];
    }),
  );
}

const COMMENT = String.raw`(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\n *)?`;
const TYPE = new RegExp(String.raw`${COMMENT}export type (\w+) = \{\n([^]*?)\n\};`, 'g');
const MEMBER = new RegExp(String.raw`^ *${COMMENT}(\w+): (.*);$`, 'gm');

function columnsOf(body: string): ReadonlyMap<string, string> {
  return new Map(Array.from(body.matchAll(MEMBER), ([, comment, column = '']) => [column, textOf(comment)]));
}

/** Returns a comment as one line. */
function textOf(comment = ''): string {
  return comment
    .replaceAll(/\n *\* ?/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
