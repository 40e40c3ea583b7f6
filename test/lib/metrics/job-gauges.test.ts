import assert from 'node:assert/strict';
import { it } from 'node:test';
import { jobGauges } from '#lib/metrics/job-gauges.ts';
import { expositionOf } from '#lib/metrics/snapshot.ts';

it('the gauges of jobs count by status, and waiting jobs by priority', async () => {
  const text = await expositionOf([
    jobGauges([
      { status: 'pending', priority: 5, count: 3 },
      { status: 'pending', priority: 10, count: 4 },
      { status: 'processing', priority: 5, count: 2 },
    ]),
  ]);
  for (const line of [
    'jobs{status="pending"} 7',
    'jobs{status="processing"} 2',
    'job_queue_size{priority="5"} 3',
    'job_queue_size{priority="10"} 4',
    'job_queue_size{priority="1"} 0',
  ]) {
    assert.ok(text.split('\n').includes(line), `${line} is missing in\n${text}`);
  }
});
