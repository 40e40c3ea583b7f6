import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StoredJob } from '#lib/jobs/job-store.ts';
import { statusLine } from '#lib/jobs/status-change.ts';

const JOB: StoredJob = {
  ...{ id: 'a', status: 'pending', phase: 'queued', progress: null, eta_seconds: null, speed: null, queue_position: 1 },
  ...{ priority: 5, attempts: 0, errors: 0, warnings: [], metadata: { secret: 'x' }, result: null, error: null },
  ...{ created_at: '2026-11-21T12:00:00.000Z', started_at: null, ended_at: null },
};

describe('a change of status in the log', () => {
  it('has the ids, the statuses and the times so far, and nothing of the request', () => {
    assert.deepEqual(statusLine({ from: null, record: JOB }), {
      job_id: 'a',
      from: null,
      to: 'pending',
      phase: 'queued',
      attempt: 0,
    });
    const ended = { ...JOB, status: 'cancelled', phase: 'done', attempts: 2 } as const;
    const times = { started_at: '2026-11-21T12:00:01.500Z', ended_at: '2026-11-21T12:00:03.000Z' };
    assert.deepEqual(statusLine({ from: 'processing', record: { ...ended, ...times }, reason: 'lost' }), {
      ...{ job_id: 'a', from: 'processing', to: 'cancelled', phase: 'done', attempt: 2, reason: 'lost' },
      ...{ waited_seconds: 1.5, took_seconds: 1.5 },
    });
  });
});
