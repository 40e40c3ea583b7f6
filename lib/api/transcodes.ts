import { del, get, patch, TEXT } from '#lib/http/route-entry.ts';
import { ADJUSTED, PATCH_BODY, wrapFilters } from '#lib/playback/patch-body.ts';
import { FILTER_PATCH } from '#lib/playback/request.ts';
import { PAGE_QUERY, TRANSCODE_PAGE, TRANSCODE_RECORD } from '#lib/transcode/record.ts';
import { PATHS } from './paths.ts';

const PARAMS = { id: 'As in `X-Transcode-Id`.' };

export const TRANSCODES_ROUTES = {
  list: get(PATHS.transcodes.own, {
    access: 'transcode',
    summary: 'The caller’s transcodes, newest first.',
    query: PAGE_QUERY,
    answers: { 200: { description: 'A page of them.', json: { name: 'TranscodePage', schema: TRANSCODE_PAGE } } },
  }),
  get: get(PATHS.transcodes.one, {
    access: 'transcode',
    summary: 'What a transcode is, how far it is, and why it failed.',
    params: PARAMS,
    answers: { 200: { description: 'As it is now.', json: { name: 'Transcode', schema: TRANSCODE_RECORD } } },
  }),
  cancel: del(PATHS.transcodes.one, {
    access: 'transcode',
    summary: 'Stops a transcode: its stream is cut off.',
    params: PARAMS,
    answers: { 204: { description: 'It has ended, now or before.' } },
  }),
  adjust: patch(PATHS.transcodes.filters, {
    access: 'transcode',
    summary: 'Changes the filters of a live transcode while it plays.',
    params: PARAMS,
    body: { name: 'FilterPatch', schema: PATCH_BODY, shown: FILTER_PATCH, read: wrapFilters },
    answers: { 200: { description: 'ffmpeg has taken the change.', json: { name: 'Adjusted', schema: ADJUSTED } } },
  }),
};

export const TRANSCODE_EVENTS_ROUTES = {
  follow: get(PATHS.transcodes.events, {
    access: 'transcode',
    summary: 'What happens to a transcode, as it happens: progress, filters, end.',
    params: PARAMS,
    parameters: [
      { name: 'Last-Event-ID', in: 'header', description: 'Where to go on.', schema: TEXT },
      { name: 'last_event_id', in: 'query', description: 'The same, as a field.', schema: TEXT },
    ],
    answers: {
      200: { description: 'Server-sent events; the answer ends after `end`.', content: { 'text/event-stream': TEXT } },
      204: { description: 'Nothing will come: `end` has been read.' },
    },
  }),
};
