import pg from 'pg';

type Statement = { readonly text: string; readonly values: unknown[] };
type Test = { readonly mock: { method(target: object, name: string, replacement: unknown): unknown } };

/** Records the statements that this process sends. */
export function recordStatements(test: Test) {
  let recorded: Statement[] = [];
  const { query } = pg.Client.prototype as { query: (...args: unknown[]) => unknown };
  test.mock.method(pg.Client.prototype, 'query', function record(this: pg.Client, ...args: unknown[]) {
    const [text, values] = args;
    if (typeof text === 'string') recorded.push({ text, values: Array.isArray(values) ? values : [] });
    return query.apply(this, args);
  });
  return {
    /** Returns the statements that are sent while it runs. */
    async of(run: () => Promise<unknown>): Promise<Statement[]> {
      recorded = [];
      await run();
      return recorded;
    },
  };
}

/** What statements read: blocks, and the tables of jobs that were read from start to end. */
export type Reads = { readonly read: number; readonly scanned: string[] };

type Plan = { readonly Plans?: Plan[]; readonly 'Node Type': string; readonly 'Relation Name'?: string } & Readonly<
  Record<'Shared Hit Blocks' | 'Shared Read Blocks', number>
>;

/** Runs SELECT, UPDATE and DELETE statements again, without effect. An INSERT adds one row. */
export async function blocksOf(url: string, statements: readonly Statement[]): Promise<Reads> {
  const client = new pg.Client(url);
  await client.connect();
  let read = 0;
  const scanned: string[] = [];
  for (const { text, values } of statements) {
    if (!/^\s*(select|update|delete|with)\b/i.test(text) || /advisory/.test(text)) continue;
    await client.query('begin');
    const { rows } = await client.query(`explain (analyze, buffers, format json) ${text}`, values);
    await client.query('rollback');
    const plan: Plan = rows[0]['QUERY PLAN'][0].Plan;
    read += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
    scanned.push(...scansOf(plan));
  }
  await client.end();
  return { read, scanned };
}

function scansOf(plan: Plan): string[] {
  const table = plan['Relation Name'] ?? '';
  const own = plan['Node Type'] === 'Seq Scan' && /^job(s|_common|)$/.test(table) ? [table] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(scansOf)];
}
