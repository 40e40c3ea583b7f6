import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { v7 as uuid } from 'uuid';
import type { Store } from '#lib/services/store.ts';
import { type EventFeed, type EventFeedOptions, openEventFeed } from '#lib/store/event-feed.ts';
import { appendEvents, type NewEvent, type StoredEvent } from '#lib/store/events.ts';
import { createShare } from '#lib/work/shares.ts';
import { eventually } from '../../support/eventually.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { storeOf } from '../../support/store.ts';

let postgres: Postgres;

before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

type Options = Partial<Pick<EventFeedOptions, 'eventStreams' | 'pollMs'>>;

const eventStreams = createShare({ budget: 'event_streams', limit: 90, reserve: 10 });

function open(test: TestContext, options: Options = {}): { store: Store; feed: EventFeed } {
  const store = storeOf(test, postgres.url);
  const feed = openEventFeed({ ...store, eventStreams, ...options });
  test.after(() => feed.close());
  return { store, feed };
}

function append({ database }: Store, ...events: readonly NewEvent[]): Promise<void> {
  return database.run((db) => db.transaction().execute((transaction) => appendEvents(transaction, events)));
}

const change = (subject: string, number: number): NewEvent => ({
  subject,
  type: 'change',
  data: { number },
  keep: 'once',
});
const progress = (subject: string, percent: number): NewEvent => ({
  subject,
  type: 'progress',
  data: { percent },
  keep: 'latest',
});

/** Follows until the test ends. Returns the events so far. */
function follow(feed: EventFeed, subject: string, from?: string, account = 'ann') {
  const controller = new AbortController();
  const seen: StoredEvent[] = [];
  const done = (async () => {
    for await (const batch of feed.follow(subject, { after: from, signal: controller.signal, account }))
      seen.push(...batch);
  })();
  return { seen, done, stop: () => controller.abort() };
}

const dataOf = (events: readonly StoredEvent[]) => events.map(({ data }) => data);

describe('the events of a subject', () => {
  it('arrive in the order in which they are written, without those of other subjects', async (test) => {
    const { store, feed } = open(test, { pollMs: 60_000 });
    const [one, other] = [uuid(), uuid()];
    const follower = follow(feed, one);
    const writer = storeOf(test, postgres.url);
    for (let number = 0; number < 20; number += 1) {
      await append(number % 2 === 0 ? store : writer, change(one, number), change(other, -number));
    }
    await eventually(() => assert.equal(follower.seen.length, 20));
    assert.deepEqual(
      dataOf(follower.seen),
      Array.from({ length: 20 }, (_, number) => ({ number })),
    );
    const places = follower.seen.map(({ seq }) => Number(seq));
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
    follower.stop();
    await follower.done;
  });

  it('start with the current state, and continue after an event without loss or repetition', async (test) => {
    const { store, feed } = open(test);
    const subject = uuid();
    for (let number = 0; number < 6; number += 1) {
      await append(store, change(subject, number), progress(subject, number));
    }
    const fresh = follow(feed, subject);
    await eventually(() => assert.deepEqual(dataOf(fresh.seen), [{ number: 5 }, { percent: 5 }]));
    const first = (
      await store.database.run((db) =>
        db.selectFrom('events').select('seq').where('subject', '=', subject).orderBy('seq').executeTakeFirstOrThrow(),
      )
    ).seq;
    const resumed = follow(feed, subject, first);
    const all = [1, 2, 3, 4, 5].map((number) => ({ number }));
    await eventually(() => assert.deepEqual(dataOf(resumed.seen), [...all, { percent: 5 }]));
    await append(store, progress(subject, 6));
    for (const { seen } of [fresh, resumed])
      await eventually(() => assert.deepEqual(seen.at(-1)?.data, { percent: 6 }));
    assert.equal(new Set(resumed.seen.map(({ seq }) => seq)).size, 7);
    for (const { stop } of [fresh, resumed]) stop();
    await Promise.all([fresh.done, resumed.done]);
  });

  it('all arrive when there are more than one read returns', async (test) => {
    const { store, feed } = open(test);
    const subject = uuid();
    await append(store, ...Array.from({ length: 1_203 }, (_, number) => change(subject, number)));
    const follower = follow(feed, subject, '0');
    await eventually(() => assert.equal(follower.seen.length, 1_203));
    assert.deepEqual(
      follower.seen.map(({ data }) => (data as { number: number }).number),
      [...Array(1_203).keys()],
    );
    follower.stop();
    await follower.done;
  });

  it('end with the feed, which then stops listening', async (test) => {
    const { feed } = open(test);
    const followers = [follow(feed, uuid()), follow(feed, uuid())];
    feed.close();
    await Promise.all(followers.map(({ done }) => done));
  });

  it('have a limited number of followers, and a follower that leaves makes room', async (test) => {
    const { feed } = open(test, {
      eventStreams: createShare({ budget: 'event_streams', limit: 3, reserve: 1, perAccount: 2 }),
    });
    const followers = [follow(feed, uuid()), follow(feed, uuid())];
    const { signal } = new AbortController();
    const next = (account: string) => feed.follow(uuid(), { after: undefined, signal, account });
    const details = { budget: 'event_streams', limit: 2, used: 2, retry_after_seconds: 1 };
    assert.throws(() => next('ann'), { code: 'RATE_LIMITED', details });
    followers.push(follow(feed, uuid(), undefined, 'bob'), follow(feed, uuid(), undefined, 'carl'));
    assert.throws(() => next('dora'), { code: 'OVERLOADED' });
    followers[0]?.stop();
    const third = follow(feed, uuid(), undefined, 'dora');
    for (const { stop } of [...followers, third]) stop();
    await Promise.all([...followers, third].map(({ done }) => done));
  });
});

describe('while the database is down', () => {
  it('no events arrive, and afterwards all that were written', async (test) => {
    await using own = await startPostgres();
    const store = storeOf(test, own.url);
    const feed = openEventFeed({ ...store, eventStreams, pollMs: 100 });
    test.after(() => feed.close());
    const subject = uuid();
    const follower = follow(feed, subject);
    await append(store, change(subject, 1));
    await eventually(() => assert.equal(follower.seen.length, 1));
    await own.kill();
    await assert.rejects(append(store, change(subject, 2)), { code: 'UNAVAILABLE' });
    await own.start();
    await eventually(() => append(store, change(subject, 3)), { withinMs: 15_000 });
    await eventually(() => assert.deepEqual(dataOf(follower.seen), [{ number: 1 }, { number: 3 }]), {
      withinMs: 15_000,
    });
    follower.stop();
    await follower.done;
    // Ends the feed before its database stops.
    await store.close();
  });
});
