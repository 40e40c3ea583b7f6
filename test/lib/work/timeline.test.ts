import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTimeline } from '#lib/work/timeline.ts';

describe('the timeline', () => {
  it('records the first time of each milestone, in milliseconds since the start', (context) => {
    let now = 1_000;
    context.mock.method(performance, 'now', () => now);
    const timeline = createTimeline(900);
    timeline.mark('validated');
    now = 1_050.26;
    timeline.mark('first_byte');
    now = 2_000;
    timeline.mark('first_byte');
    assert.equal(timeline.at('validated'), 100);
    assert.equal(timeline.at('first_byte'), 150.3);
    assert.equal(timeline.at('ended'), undefined);
    assert.deepEqual(timeline.fields(), { validated_ms: 100, first_byte_ms: 150.3 });
  });

  it('starts now by default', () => {
    const timeline = createTimeline();
    timeline.mark('opened');
    const opened = timeline.at('opened') ?? -1;
    assert.ok(opened >= 0 && opened < 1_000);
  });
});
