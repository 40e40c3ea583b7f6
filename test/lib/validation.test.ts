import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { AppError } from '#lib/errors.ts';
import { validate } from '#lib/validation.ts';

const SCHEMA = z.strictObject({
  name: z.string({ error: 'name must be a text' }),
  size: z.number({ error: 'size must be a number' }).max(9, { error: 'size must be at most 9' }).optional(),
  filters: z.strictObject({ speed: z.number({ error: 'speed must be a number' }).default(1) }).prefault({}),
  filters_note: z.string().optional(),
});

/** Returns the AppError with which this value is refused. */
function refusal(value: unknown): AppError {
  try {
    validate(SCHEMA, value);
  } catch (error) {
    assert.ok(error instanceof AppError);
    return error;
  }
  assert.fail('it was accepted');
}

describe('validate', () => {
  it('returns the value as parsed by the schema', () => {
    assert.deepEqual(validate(SCHEMA, { name: 'a' }), { name: 'a', filters: { speed: 1 } });
  });

  it('names field, value and every error', () => {
    const { code, message, details, status } = refusal({ name: 5, size: 10, filters: { speed: 'fast' } });
    assert.equal(code, 'VALIDATION_ERROR');
    assert.equal(status, 422);
    assert.equal(message, 'name must be a text');
    assert.deepEqual(details, {
      field: 'name',
      value: 5,
      errors: [
        { field: 'name', message: 'name must be a text', value: 5 },
        { field: 'size', message: 'size must be at most 9', value: 10 },
        { field: 'filters.speed', message: 'speed must be a number', value: 'fast' },
      ],
    });
  });

  it('leaves out the value of a missing field', () => {
    const { details } = refusal({});
    assert.deepEqual(details, { field: 'name', errors: [{ field: 'name', message: 'name must be a text' }] });
  });

  it('names each unknown field', () => {
    const { code, details } = refusal({ name: 'a', codec: 'x', live: true });
    assert.equal(code, 'VALIDATION_ERROR');
    assert.deepEqual(details['errors'], [
      { field: 'codec', message: 'codec is not a known field of this request', value: 'x' },
      { field: 'live', message: 'live is not a known field of this request', value: true },
    ]);
  });

  it('names places in lists, and the closest alternative', () => {
    const part = z.strictObject({ from: z.number({ error: 'from must be a number' }) }, { error: 'a part has from' });
    const schema = z.object({ parts: z.array(z.union([z.string(), part], { error: 'a part is a name or {from}' })) });
    const fields = (parts: unknown[]) => {
      try {
        validate(schema, { parts });
      } catch (error) {
        return (error as AppError).details['errors'];
      }
      return assert.fail('it was accepted');
    };
    assert.deepEqual(fields(['a', { from: 'x' }, 5, { from: 1, to: 2 }]), [
      { field: 'parts[1].from', message: 'from must be a number', value: 'x' },
      { field: 'parts[2]', message: 'a part is a name or {from}', value: 5 },
      { field: 'parts[3].to', message: 'to is not a known field: a part has from', value: 2 },
    ]);
  });

  it('names ten errors, and counts the others', () => {
    const { details } = refusal({ name: 5, ...Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`k${i}`, i])) });
    assert.equal((details['errors'] as unknown[]).length, 10);
    assert.equal(details['more_errors'], 90);
  });

  it('describes what is too long to show', () => {
    const long = 'x'.repeat(10_000);
    const { details } = refusal({
      name: [...'y'.repeat(600)],
      size: long,
      filters: { speed: { [long]: 1 } },
      [long]: 1,
    });
    const [name, size, speed, unknown] = details['errors'] as { field: string; value: unknown; message: string }[];
    assert.equal(name?.value, '(a list of 600 entries)');
    assert.equal(size?.value, '(a text of 10000 characters)');
    assert.equal(speed?.value, '(an object of 1 fields)');
    assert.equal(unknown?.field, '(a text of 10000 characters)');
    assert.ok(JSON.stringify(details).length < 1_000);
  });

  it('repeats nothing where it must not', () => {
    const value = { name: ['HOSTILE'], HOSTILE: 'HOSTILE' };
    assert.throws(
      () => validate(SCHEMA, value, { echo: false }),
      (error: AppError) =>
        !/HOSTILE/.test(error.message + JSON.stringify(error.details)) && error.code === 'VALIDATION_ERROR',
    );
  });

  it('does not repeat the value of a field with a secret name', () => {
    const { details } = refusal({
      name: 'a',
      stream_key: 'hunter2',
      auth: { password: 'hunter2' },
      api_keys: ['hunter2'],
    });
    assert.doesNotMatch(JSON.stringify(details), /hunter2/);
    assert.match(JSON.stringify(details), /stream_key/);
  });

  it('is FILTER_INVALID when only filters are wrong', () => {
    assert.equal(refusal({ name: 'a', filters: { speed: 'x' } }).code, 'FILTER_INVALID');
    assert.equal(refusal({ name: 'a', filters: { reverb: 1 } }).code, 'FILTER_INVALID');
    assert.equal(refusal({ name: 'a', filters: 5 }).code, 'FILTER_INVALID');
    assert.equal(refusal({ filters: { speed: 'x' } }).code, 'VALIDATION_ERROR');
    assert.equal(refusal({ name: 'a', filters_note: 5 }).code, 'VALIDATION_ERROR');
  });

  it('refuses other values in place of an object', () => {
    for (const value of [null, undefined, [], 'text', 5]) {
      const { code, details } = refusal(value);
      assert.equal(code, 'VALIDATION_ERROR');
      assert.equal(details['field'], '');
    }
  });

  it('repeats values shortened and without secrets', () => {
    const long = refusal({ name: 'a', size: 'x'.repeat(10_000) }).details['value'];
    assert.ok(String(long).length <= 200);
    const list = refusal({ name: Array.from({ length: 1_000 }, () => 'x') }).details['value'];
    assert.ok(String(list).length <= 200);
    const secrets = [
      { name: 'a', size: 'https://user:SECRET@h/?SECRET' },
      { name: { token: 'SECRET' } },
      { name: ['https://h/?token=SECRET'] },
      { name: 'a', size: `https://user:${'SECRET'.repeat(50)}@example.org/` },
    ];
    for (const value of secrets) assert.doesNotMatch(JSON.stringify(refusal(value).details), /SECRET/);
  });
});
