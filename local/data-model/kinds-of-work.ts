import { z } from 'zod';
import { JOB_RECORD } from '#lib/jobs/record.ts';
import { TRANSITIONS as JOB_TRANSITIONS } from '#lib/jobs/state.ts';
import { TRANSCODE_RECORD } from '#lib/transcode/record.ts';
import { TRANSITIONS as TRANSCODE_TRANSITIONS } from '#lib/transcode/state.ts';
import type { Transitions } from '#lib/work/lifecycle.ts';
import { code } from './markdown.ts';

/** What the page shows of one kind of work. */
export type KindOfWork = {
  readonly name: string;
  /** The table that holds its records. */
  readonly table: string;
  /** Its column with the state. */
  readonly column: string;
  /** States in the order in which work goes through them. The first is the initial state. */
  readonly transitions: Transitions<string>;
  /** Descriptions of its record's fields, for the columns that hold them. */
  readonly fields: ReadonlyMap<string, string>;
};

/** Every kind of work. A new one adds its entry here. */
export const KINDS_OF_WORK: readonly KindOfWork[] = [
  {
    name: 'Transcode',
    table: 'transcodes',
    column: 'state',
    transitions: TRANSCODE_TRANSITIONS,
    fields: fieldsOf(TRANSCODE_RECORD),
  },
  {
    name: 'Job',
    table: 'jobs',
    column: 'status',
    transitions: JOB_TRANSITIONS,
    fields: fieldsOf(JOB_RECORD),
  },
];

/** Describes each field of a record by its schema. */
function fieldsOf(record: z.ZodObject): ReadonlyMap<string, string> {
  const { properties = {} } = z.toJSONSchema(record);
  return new Map(Object.entries(properties).map(([name, field]) => [name, describe(field as Field)]));
}

type Field = Pick<z.core.JSONSchema.BaseSchema, 'description' | 'anyOf' | 'enum' | 'properties'>;

/** Returns a field's description and its possible values. The schema of a nullable field is in `anyOf`. */
function describe({ description, anyOf, ...field }: Field): string {
  const { properties, enum: values } = (anyOf?.[0] ?? field) as Field;
  return [
    description,
    values && `One of ${values.map(code).join(', ')}.`,
    properties && `Holds ${Object.keys(properties).map(code).join(', ')}.`,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}
