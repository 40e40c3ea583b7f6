import type { StoredJob } from './job-store.ts';
import { type Sign, shown } from './shown.ts';

type JobEvent = { readonly seq: string; readonly type: string; readonly data: unknown };

/** What reads the events of a job; `Options` say where it starts. */
type Feed<Options> = {
  current(id: string): Promise<readonly JobEvent[]>;
  follow(id: string, options: Options): AsyncIterable<readonly JobEvent[]>;
};

/** Returns the events as responses contain them: the last one has the job with signed URLs of its files. */
export function shownEvents<Options>(feed: Feed<Options>, sign: Sign): Feed<Options> {
  async function shownEvent(event: JobEvent): Promise<JobEvent> {
    return event.type === 'end' ? { ...event, data: await shown(event.data as StoredJob, sign) } : event;
  }

  return {
    current: feed.current,
    async *follow(id, options) {
      for await (const batch of feed.follow(id, options)) yield await Promise.all(batch.map(shownEvent));
    },
  };
}
