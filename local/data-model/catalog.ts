import { type Kysely, sql } from 'kysely';

/** A table as PostgreSQL describes it. */
export type TableShape = {
  readonly name: string;
  /** In the order in which the migrations added them. */
  readonly columns: readonly ColumnShape[];
  /** The primary key, other constraints and indexes, each as SQL. The primary key is first. */
  readonly rules: readonly TableRule[];
};

export type ColumnShape = {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  /** SQL; null where an insert must provide the value. */
  readonly standard: string | null;
};

export type TableRule = { readonly name: string; readonly definition: string };

/** Reads the tables of the current schema, except those in which the migrator keeps its own state. */
export async function readCatalog<Tables>(db: Kysely<Tables>): Promise<TableShape[]> {
  const { rows } = await sql<TableShape>`
    select relname as name, (${COLUMNS}) as columns, (${RULES}) as rules
    from pg_class as t
    where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace and relname not like 'kysely\\_%'
    order by relname collate "C"`.execute(db);
  return rows;
}

const COLUMNS = sql`
  select jsonb_agg(jsonb_build_object(
    'name', attname,
    'type', format_type(atttypid, atttypmod),
    'nullable', not attnotnull,
    'standard', case when attidentity <> '' then 'identity' else pg_get_expr(adbin, adrelid) end
  ) order by attnum)
  from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attrelid = t.oid and attnum > 0 and not attisdropped`;

/** Leaves out NOT NULL, which PostgreSQL 18 lists as a constraint, and indexes that belong to a constraint. */
const RULES = sql`
  select coalesce(jsonb_agg(jsonb_build_object('name', name, 'definition', definition)
    order by definition not like 'PRIMARY KEY%', name collate "C"), '[]')
  from (
    select conname as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where conrelid = t.oid and contype <> 'n'
    union all
    select indexrelid::regclass::text, regexp_replace(pg_get_indexdef(indexrelid), '^CREATE (.*INDEX) .* USING ', '\\1 ')
    from pg_index where indrelid = t.oid and indexrelid not in (select conindid from pg_constraint)
  ) as rule`;
