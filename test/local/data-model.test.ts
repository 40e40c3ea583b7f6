import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KINDS_OF_WORK } from '../../local/data-model/kinds-of-work.ts';
import { stateSection } from '../../local/data-model/states.ts';
import { tableComments } from '../../local/data-model/table-comments.ts';
import { tableSection } from '../../local/data-model/tables.ts';

// test/lib/store/migrate.test.ts checks that the committed page is up to date.

const SOURCE = `import type { Generated } from 'kysely';

/** Not of a table. */
type Time = Date;

/** Birds, as they were
 * seen. */
export type BirdsTable = {
  /** A UUID. */
  id: string;
  /**
   * Of the species;
   * in Latin.
   */
  name: string | null;
  seen_at: Time;
};

export type NestsTable = {
  id: Generated<string>;
};

export type Tables = {
  birds: BirdsTable;
  nests: NestsTable;
};
`;

describe('the comments of tables', () => {
  const comments = tableComments(SOURCE);

  it('are returned by the name of the table, each on one line', () => {
    assert.deepEqual([...comments.keys()], ['birds', 'nests']);
    assert.equal(comments.get('birds')?.text, 'Birds, as they were seen.');
    assert.equal(comments.get('nests')?.text, '');
  });

  it('are returned for each column, empty where there is none', () => {
    assert.deepEqual(
      [...(comments.get('birds')?.columns ?? [])],
      [
        ['id', 'A UUID.'],
        ['name', 'Of the species; in Latin.'],
        ['seen_at', ''],
      ],
    );
    assert.deepEqual([...(comments.get('nests')?.columns ?? [])], [['id', '']]);
  });

  it('throw when a table has no type', () => {
    assert.throws(
      () => tableComments(SOURCE.replace('type NestsTable', 'type OtherTable')),
      /nests has no type NestsTable/,
    );
    assert.throws(() => tableComments('export const nothing = 1;'), /no type Tables/);
  });
});

describe('the section of a table', () => {
  const column = { type: 'text', nullable: false, standard: null };
  const birds = {
    name: 'birds',
    columns: [
      { ...column, name: 'id', type: 'uuid' },
      { ...column, name: 'name', nullable: true },
      { ...column, name: 'seen_at', standard: "'a|b'::text" },
    ],
    rules: [{ name: 'birds_pkey', definition: 'PRIMARY KEY (id)' }],
  };
  const comment = tableComments(SOURCE).get('birds');

  it('contains the comment, the columns and the rules', () => {
    assert.equal(
      tableSection(birds, comment, undefined),
      `### birds

Birds, as they were seen.

| column | type | null | default | what it holds |
|---|---|---|---|---|
| \`id\` | \`uuid\` | no |  | A UUID. |
| \`name\` | \`text\` | yes |  | Of the species; in Latin. |
| \`seen_at\` | \`text\` | no | \`'a\\|b'::text\` |  |

- \`birds_pkey\`: \`PRIMARY KEY (id)\``,
    );
  });

  it('describes a column without a comment by the field of the record, and links the states', () => {
    const fields = new Map([
      ['id', 'not this'],
      ['seen_at', 'When it was seen.'],
    ]);
    const section = tableSection(birds, comment, {
      name: 'Flight',
      table: 'birds',
      column: 'state',
      transitions: {},
      fields,
    });
    assert.match(section, /^Its states: \[Flight\]\(#flight\)\.$/m);
    assert.match(section, /^\| `id` .* \| A UUID\. \|$/m);
    assert.match(section, /^\| `seen_at` .* \| When it was seen\. \|$/m);
  });

  it('throws when the type and the table have different columns', () => {
    const more = { ...birds, columns: [...birds.columns, { ...column, name: 'colour' }] };
    const fewer = { ...birds, columns: birds.columns.slice(1) };
    for (const shape of [more, fewer]) assert.throws(() => tableSection(shape, comment, undefined), /differ.* birds/);
    assert.throws(() => tableSection(birds, undefined, undefined), /differ.* birds/);
  });
});

describe('the section of a kind of work', () => {
  it('contains a diagram and a table of its states', () => {
    const transitions = { idle: ['busy'], busy: ['idle', 'gone'], gone: [] };
    assert.equal(
      stateSection({ name: 'Errand', table: 'errands', column: 'state', transitions, fields: new Map() }),
      `### Errand

Kept in [\`errands\`](#errands), column \`state\`.

\`\`\`mermaid
stateDiagram-v2
  [*] --> idle
  idle --> busy
  busy --> idle
  busy --> gone
  gone --> [*]
\`\`\`

| state | may become |
|---|---|
| \`idle\` | \`busy\` |
| \`busy\` | \`idle\`, \`gone\` |
| \`gone\` | nothing: final |`,
    );
  });

  it('describes the fields of its record: their meaning, their values, and the fields of objects', () => {
    const fields = KINDS_OF_WORK.find(({ name }) => name === 'Transcode')?.fields;
    assert.match(fields?.get('source_format') ?? '', /^Container and codec/);
    assert.equal(fields?.get('output_format'), 'Format of the output. One of `opus`, `aac`, `pcm`.');
    assert.match(fields?.get('error') ?? '', /Holds `code`, `message`/);
    assert.match(fields?.get('cancelled_by') ?? '', /[a-z.] One of `request`, `reader`\.$/);
    assert.equal(fields?.get('live'), 'Whether it streams in real time.');
  });
});
