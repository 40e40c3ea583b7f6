import { ADJUSTED } from '#lib/playback/patch-body.ts';
import { FILTER_PATCH } from '#lib/playback/request.ts';
import { PAGE_QUERY, TRANSCODE_PAGE } from '#lib/transcode/page.ts';
import { TRANSCODE_RECORD } from '#lib/transcode/record.ts';
import {
  type ApiPart,
  answerSchema,
  type Json,
  jsonAnswer,
  jsonRequest,
  type OperationOptions,
  operation,
  pathParameter,
  requestSchema,
} from './operation.ts';

const ID = pathParameter('id', 'As in `X-Transcode-Id`.');

export const TRANSCODES_API: ApiPart = {
  paths: {
    '/transcodes': {
      get: ofTranscodes({
        summary: 'The caller’s transcodes, newest first.',
        parameters: queryParameters(),
        responses: { 200: jsonAnswer('A page of them.', 'TranscodePage') },
      }),
    },
    '/transcodes/{id}': {
      get: ofTranscodes({
        summary: 'What a transcode is, how far it is, and why it failed.',
        parameters: [ID],
        responses: { 200: jsonAnswer('As it is now.', 'Transcode') },
      }),
      delete: ofTranscodes({
        summary: 'Stops a transcode: its stream breaks off.',
        parameters: [ID],
        responses: { 204: { description: 'It has ended, now or before.' } },
      }),
    },
    '/transcodes/{id}/filters': {
      patch: ofTranscodes({
        summary: 'Changes the filters of a live transcode while it plays.',
        parameters: [ID],
        requestBody: jsonRequest('FilterPatch'),
        responses: { 200: jsonAnswer('ffmpeg has taken the change.', 'Adjusted') },
      }),
    },
    '/transcodes/{id}/events': {
      get: ofTranscodes({
        summary: 'What happens to a transcode, as it happens: progress, filters, end.',
        parameters: [
          ID,
          { name: 'Last-Event-ID', in: 'header', description: 'Where to go on.', schema: { type: 'string' } },
          { name: 'last_event_id', in: 'query', description: 'The same, as a field.', schema: { type: 'string' } },
        ],
        responses: {
          200: {
            description: 'Server-sent events; the answer ends behind `end`.',
            content: { 'text/event-stream': { schema: { type: 'string' } } },
          },
          204: { description: 'There is nothing to come: the end has been seen.' },
        },
      }),
    },
  },
  schemas: {
    Transcode: answerSchema(TRANSCODE_RECORD),
    TranscodePage: answerSchema(TRANSCODE_PAGE),
    FilterPatch: requestSchema(FILTER_PATCH),
    Adjusted: answerSchema(ADJUSTED),
  },
};

function ofTranscodes(options: Omit<OperationOptions, 'access'>): ReturnType<typeof operation> {
  return operation({ access: 'transcode', ...options });
}

function queryParameters(): Json[] {
  const { properties } = requestSchema(PAGE_QUERY) as { properties: Record<string, Json> };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}
