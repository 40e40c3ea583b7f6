import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { ProbeReport } from '#lib/jobs/probe-report.ts';
import { JOB_RECORD } from '#lib/jobs/record.ts';
import { OUTPUT } from '#lib/jobs/spec/outputs.ts';
import { JOB_SPEC } from '#lib/jobs/spec/spec.ts';
import { STEPS, type StepName } from '#lib/jobs/spec/steps.ts';
import { TEXT_STYLE_FIELDS } from '#lib/jobs/spec/text-fields.ts';
import { FORMATS } from '#lib/jobs/spec/vocabulary.ts';
import type { JobOutputRequest, JobRequest, JobStep, Probe } from '../client/published.ts';

const PAGE = readFileSync(new URL('../docs/reference/jobs.md', import.meta.url), 'utf8');

/** The rows below the heading, each with the names in backticks of its first cell. */
function rows(heading: string): string[][] {
  const [, section = ''] = new RegExp(`^#+ ${heading}\\n([\\s\\S]*?)^#`, 'm').exec(PAGE) ?? [];
  return [...section.matchAll(/^\| (`[^|]*`) \|/gm)].map(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );
}

const fieldsOf = (schema: z.ZodType) =>
  Object.keys((z.toJSONSchema(schema, { io: 'input' }) as { properties: object }).properties).toSorted();

describe('docs/reference/jobs.md', () => {
  it('lists exactly the fields of a request, its steps and its outputs', () => {
    assert.deepEqual(rows('The request').flat().toSorted(), fieldsOf(JOB_SPEC));
    assert.deepEqual(rows('Steps').flat().toSorted(), Object.keys(STEPS).toSorted());
    assert.deepEqual(rows('Outputs').flat().toSorted(), fieldsOf(OUTPUT));
    const look = [...Object.keys(TEXT_STYLE_FIELDS), 'fade_in', 'fade_out'];
    assert.deepEqual(rows('Text').flat().toSorted(), look.toSorted());
    for (const format of Object.keys(FORMATS)) assert.ok(PAGE.includes(`\`${format}\``), format);
  });

  it('has examples that are valid', () => {
    const blocks = [...PAGE.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, text = '']) => JSON.parse(text));
    const [request, job] = blocks;
    assert.ok(JOB_SPEC.safeParse(request).success, JSON.stringify(JOB_SPEC.safeParse(request).error));
    assert.deepEqual(JOB_RECORD.parse(job), job);
  });
});

describe('docs/guides/video.md', () => {
  it('quotes the requests of examples, which are valid', () => {
    const guide = readFileSync(new URL('../docs/guides/video.md', import.meta.url), 'utf8');
    const quoted = [...guide.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, text = '']) =>
      JSON.stringify(JSON.parse(text)),
    );
    const folder = new URL('../examples/', import.meta.url);
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.json'))) {
      const request = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
      assert.ok(JOB_SPEC.safeParse(request).success, `${name}: ${JOB_SPEC.safeParse(request).error}`);
      assert.ok(quoted.includes(JSON.stringify(request)), `the guide does not have ${name} as it is`);
    }
  });
});

describe('the request of the TypeScript client', () => {
  it('has the fields of a request of the service', () => {
    // The compiler compares the names.
    type Names<Type> = Readonly<Record<keyof Type, true>>;
    const request = (names: Names<JobRequest>): Names<z.input<typeof JOB_SPEC>> => names;
    const output = (names: Names<JobOutputRequest>): Names<z.input<typeof OUTPUT>> => names;
    const back = (names: Names<z.input<typeof OUTPUT>>): Names<JobOutputRequest> => names;
    const formats: Readonly<Record<keyof typeof FORMATS, true>> = {} as Record<JobOutputRequest['format'], true>;
    assert.ok([request, output, back, formats].every((each) => each !== undefined));
  });

  it('has the steps of the service, and their fields', () => {
    // The compiler compares the names, in both directions, also those of fields in fields.
    type Named<Type> = Type extends readonly (infer Item)[]
      ? Named<Item>
      : Type extends object
        ? { readonly [Field in keyof Type]-?: Named<NonNullable<Type[Field]>> }
        : true;
    type Ours = { readonly [Op in JobStep['op']]: Named<Extract<JobStep, { op: Op }>> };
    type Theirs = { readonly [Op in StepName]: Named<z.input<(typeof STEPS)[Op]>> };
    const there = (ours: Ours): Theirs => ours;
    const back = (theirs: Theirs): Ours => theirs;
    assert.ok([there, back].every((each) => each !== undefined));
  });
});

describe('the probe of the TypeScript client', () => {
  it('has the fields of the response of the service', () => {
    // The compiler compares the types, in both directions.
    const read = (report: ProbeReport): Probe => report;
    const same = (probe: Probe): { readonly [Field in keyof ProbeReport]: unknown } => probe;
    assert.ok([read, same].every((each) => each !== undefined));
  });
});
