import { readFileSync } from 'node:fs';
import type { Kysely } from 'kysely';
import type { Tables } from '#lib/store/tables.ts';
import { readCatalog } from './catalog.ts';
import { KINDS_OF_WORK } from './kinds-of-work.ts';
import { stateSection } from './states.ts';
import { tableComments } from './table-comments.ts';
import { tableSection, tablesDiffer } from './tables.ts';

/** The committed page. */
export const PAGE = new URL('../../docs/reference/data-model.md', import.meta.url);
/** Where the types of the tables are. */
const TABLES_SOURCES = ['../../lib/store/jobs/tables.ts', '../../lib/store/tables.ts'].map(
  (file) => new URL(file, import.meta.url),
);

const INTRODUCTION = `# Data model

The tables of the PostgreSQL database, and the states that work goes through. Do not edit this page:
\`npm run build:data-model\` generates it from the migrations (\`lib/store/migrate.ts\`), the comments of
\`lib/store/tables.ts\` and \`lib/store/jobs/tables.ts\`, and the state tables of each kind of work. Tables whose names begin
with \`kysely_\` belong to the migrator and are left out; the queue's are in the schema \`pgboss\`.`;

/** Returns the page's text. The database must be up to date; its rows do not matter. */
export async function dataModelPage(db: Kysely<Tables>): Promise<string> {
  const comments = tableComments(TABLES_SOURCES.map((file) => readFileSync(file, 'utf8')).join('\n'));
  const tables = await readCatalog(db);
  for (const name of comments.keys()) if (!tables.some((shape) => shape.name === name)) throw tablesDiffer(name);
  const sections = [
    INTRODUCTION,
    '## Tables',
    ...tables.map((shape) =>
      tableSection(
        shape,
        comments.get(shape.name),
        KINDS_OF_WORK.find(({ table }) => table === shape.name),
      ),
    ),
    '## States of work',
    ...KINDS_OF_WORK.map(stateSection),
  ];
  return `${sections.join('\n\n')}\n`;
}
