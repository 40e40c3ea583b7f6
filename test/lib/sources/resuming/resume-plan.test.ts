import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, it } from 'node:test';
import { judgeResumption, resumeHeaders, type Validators, validatorsOf } from '#lib/sources/resuming/resume-plan.ts';

const MONDAY = 'Mon, 02 Nov 2026 10:00:00 GMT';
const TUESDAY = 'Tue, 03 Nov 2026 10:00:00 GMT';

const unknown: Validators = { etag: undefined, lastModified: undefined, size: undefined };

describe('the validators of a source', () => {
  it('are read from its first response', () => {
    const headers = { etag: '"a"', 'last-modified': MONDAY, 'content-length': '1000' };
    assert.deepEqual(validatorsOf({ status: 200, headers }), { etag: '"a"', lastModified: MONDAY, size: 1000 });
  });

  it('have the whole size from a partial response', () => {
    const headers = { 'content-length': '400', 'content-range': 'bytes 600-999/1000' };
    assert.equal(validatorsOf({ status: 206, headers }).size, 1000);
    assert.equal(validatorsOf({ status: 206, headers: { 'content-range': 'bytes 600-999/*' } }).size, undefined);
  });

  it('have no size when the declared one is not a number', () => {
    for (const length of ['', '-1', '1e3', '0x10', '12, 12']) {
      assert.equal(validatorsOf({ status: 200, headers: { 'content-length': length } }).size, undefined);
    }
  });
});

describe('a request for the rest', () => {
  it('is conditional on a strong entity tag', () => {
    const validators = { ...unknown, etag: '"a"', lastModified: MONDAY };
    assert.deepEqual(resumeHeaders(validators, 600), { range: 'bytes=600-', 'if-range': '"a"' });
  });

  it('is conditional on the date when the tag is weak', () => {
    const validators = { ...unknown, etag: 'W/"a"', lastModified: MONDAY };
    assert.deepEqual(resumeHeaders(validators, 600), { range: 'bytes=600-', 'if-range': MONDAY });
  });

  it('is unconditional without a validator, and a plain request at the start', () => {
    assert.deepEqual(resumeHeaders(unknown, 600), { range: 'bytes=600-' });
    assert.deepEqual(resumeHeaders({ ...unknown, etag: '"a"' }, 0), {});
  });
});

describe('the response to a request for the rest from byte 600', () => {
  const cases: [
    name: string,
    validators: Partial<Validators>,
    status: number,
    headers: IncomingHttpHeaders,
    outcome: number | 'changed',
  ][] = [
    ['continues with the requested range', {}, 206, { 'content-range': 'bytes 600-999/1000' }, 0],
    ['continues with a range of unknown total size', { size: 1000 }, 206, { 'content-range': 'bytes 600-999/*' }, 0],
    ['is refused with another start', {}, 206, { 'content-range': 'bytes 0-999/1000' }, 'changed'],
    ['is refused without a range', {}, 206, {}, 'changed'],
    ['is refused with another total size', { size: 1000 }, 206, { 'content-range': 'bytes 600-1999/2000' }, 'changed'],
    [
      'is refused with another tag',
      { etag: '"a"' },
      206,
      { 'content-range': 'bytes 600-999/1000', etag: '"b"' },
      'changed',
    ],
    ['skips in a full response with the same tag', { etag: '"a"' }, 200, { etag: '"a"' }, 600],
    ['skips in a full response with the same weak tag', { etag: 'W/"a"' }, 200, { etag: 'W/"a"' }, 600],
    ['skips in a full response with the same date', { lastModified: MONDAY }, 200, { 'last-modified': MONDAY }, 600],
    ['skips in a full response with the same length', { size: 1000 }, 200, { 'content-length': '1000' }, 600],
    [
      'is refused as a full response with another tag',
      { etag: '"a"', size: 9 },
      200,
      { etag: '"b"', 'content-length': '9' },
      'changed',
    ],
    [
      'is refused as a full response with another date',
      { lastModified: MONDAY },
      200,
      { 'last-modified': TUESDAY },
      'changed',
    ],
    [
      'is refused as a full response with another length',
      { etag: '"a"', size: 9 },
      200,
      { etag: '"a"', 'content-length': '8' },
      'changed',
    ],
    ['is refused as a full response without a common validator', {}, 200, {}, 'changed'],
  ];
  for (const [name, validators, status, headers, outcome] of cases) {
    it(name, () => {
      const resumption = judgeResumption({ ...unknown, ...validators }, 600, { status, headers });
      assert.equal(resumption.kind === 'continue' ? resumption.skip : resumption.kind, outcome);
    });
  }

  it('may be anything except another version when nothing has been read yet', () => {
    assert.deepEqual(judgeResumption(unknown, 0, { status: 200, headers: {} }), { kind: 'continue', skip: 0 });
    const changed = judgeResumption({ ...unknown, etag: '"a"' }, 0, { status: 200, headers: { etag: '"b"' } });
    assert.equal(changed.kind, 'changed');
  });
});
