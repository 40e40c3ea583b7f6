import { TEXT } from '#lib/http/route-entry.ts';

const CONTINUES =
  'Id of the last event that the client received. The stream continues after it; without one it begins with the ' +
  'current state.';
const SAME_AS_HEADER = 'The same as the header `Last-Event-ID`, which takes precedence.';

/** The parameters of every route that streams events. */
export const LAST_EVENT_ID = [
  { name: 'Last-Event-ID', in: 'header', description: CONTINUES, schema: TEXT },
  { name: 'last_event_id', in: 'query', description: SAME_AS_HEADER, schema: TEXT },
] as const;
