import { del, get, patch, TEXT } from '#lib/http/route-entry.ts';
import { ADJUSTED, PATCH_BODY, wrapFilters } from '#lib/playback/patch-body.ts';
import { FILTER_PATCH } from '#lib/playback/request.ts';
import { PAGE_QUERY, TRANSCODE_PAGE, TRANSCODE_RECORD } from '#lib/transcode/record.ts';
import { LAST_EVENT_ID } from './event-parameters.ts';
import { PATHS } from './paths.ts';

const PARAMS = { id: 'Id of the transcode: the header `X-Transcode-Id` of its response.' };

export const TRANSCODES_ROUTES = {
  list: get(PATHS.transcodes.own, {
    access: 'transcode',
    summary: 'List transcodes',
    query: PAGE_QUERY,
    answers: {
      200: {
        description: 'A page of the caller’s transcodes, newest first.',
        json: { name: 'TranscodePage', schema: TRANSCODE_PAGE },
      },
    },
  }),
  get: get(PATHS.transcodes.one, {
    access: 'transcode',
    summary: 'Get a transcode',
    params: PARAMS,
    answers: {
      200: {
        description: 'The current state of the transcode: its settings, its progress and its error, if any.',
        json: { name: 'Transcode', schema: TRANSCODE_RECORD },
      },
    },
  }),
  cancel: del(PATHS.transcodes.one, {
    access: 'transcode',
    summary: 'Cancel a transcode',
    params: PARAMS,
    answers: { 204: { description: 'The transcode has ended, now or earlier. A stream that was running is cut.' } },
  }),
  adjust: patch(PATHS.transcodes.filters, {
    access: 'transcode',
    summary: 'Change the filters of a live transcode',
    params: PARAMS,
    body: { name: 'FilterPatch', schema: PATCH_BODY, shown: FILTER_PATCH, read: wrapFilters },
    answers: {
      200: { description: 'ffmpeg has confirmed the change.', json: { name: 'Adjusted', schema: ADJUSTED } },
    },
  }),
};

export const TRANSCODE_EVENTS_ROUTES = {
  follow: get(PATHS.transcodes.events, {
    access: 'transcode',
    summary: 'Follow the events of a transcode',
    params: PARAMS,
    parameters: LAST_EVENT_ID,
    answers: {
      200: {
        description:
          'Server-sent events: `progress`, `filters` and `end`. The response ends after `end`, or earlier when the ' +
          'function reaches its time limit.',
        content: { 'text/event-stream': TEXT },
      },
      204: { description: 'There are no more events: the client has already received `end`.' },
    },
  }),
};
