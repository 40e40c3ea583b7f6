import type { ColumnType } from 'kysely';

/** A point in time that the database sets by default. */
export type DefaultTime = ColumnType<Date, Date | undefined, Date>;
