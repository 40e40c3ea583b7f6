import { TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import { AUDIO_MEDIA_TYPES } from '#lib/profiles/audio.ts';
import {
  type ApiPart,
  header,
  type Json,
  jsonRequest,
  type Operation,
  type OperationOptions,
  operation,
  requestSchema,
} from './operation.ts';

const REQUEST = requestSchema(TRANSCODE_REQUEST);

export const TRANSCODE_API: ApiPart = {
  paths: {
    '/transcode': {
      post: transcode({ requestBody: jsonRequest('TranscodeRequest') }),
      get: transcode({ parameters: queryParameters() }),
    },
  },
  schemas: { TranscodeRequest: REQUEST },
};

function transcode(input: Pick<OperationOptions, 'requestBody' | 'parameters'>): Operation {
  const audio = Object.fromEntries(
    AUDIO_MEDIA_TYPES.map((type) => [type, { schema: { type: 'string', contentMediaType: type } }]),
  );
  return operation({
    summary: 'Source URL in, audio out, as it is encoded.',
    access: 'transcode',
    ...input,
    responses: {
      200: {
        description:
          'Chunked audio. A failure behind the first byte breaks the body off: one that ends properly is complete.',
        headers: {
          'X-Transcode-Id': header('The transcode’s id.'),
          'X-Source-Format': header('Container and codec as detected, such as `mp3/mp3`.'),
          'Cache-Status': header('Whether the audio is kept, made now, or made for others too (RFC 9211).'),
        },
        content: audio,
      },
    },
  });
}

/** The request flattened: filters stand beside the other fields. */
function queryParameters(): Json[] {
  const { properties, required } = REQUEST as { properties: Record<string, Json>; required: string[] };
  const { filters, ...fields } = properties;
  const all = { ...fields, ...(filters?.['properties'] as Record<string, Json>) };
  return Object.entries(all).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(schema['type'] === 'array' ? { style: 'form', explode: false } : {}),
    schema,
  }));
}
