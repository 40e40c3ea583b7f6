import { get, post, type RouteEntry, TEXT } from '#lib/http/route-entry.ts';
import { TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import { AUDIO_MEDIA_TYPES } from '#lib/profiles/audio.ts';
import { PATHS } from './paths.ts';

const SHARED = {
  access: 'transcode',
  summary: 'Source URL in, audio out, as it is encoded.',
  answers: {
    200: {
      description:
        'Chunked audio. A failure after the first byte cuts the body off: one that ends properly is complete.',
      headers: {
        'X-Transcode-Id': 'The transcode’s id.',
        'X-Source-Format': 'Container and codec as detected, such as `mp3/mp3`.',
        'Cache-Status': 'Whether the audio is kept, made now, or made for others too (RFC 9211).',
      },
      content: Object.fromEntries(AUDIO_MEDIA_TYPES.map((type) => [type, { ...TEXT, contentMediaType: type }])),
    },
  },
} as const satisfies Partial<RouteEntry>;

export const TRANSCODE_ROUTES = {
  post: post(PATHS.transcode.own, { ...SHARED, body: { name: 'TranscodeRequest', schema: TRANSCODE_REQUEST } }),
  get: get(PATHS.transcode.own, { ...SHARED, query: TRANSCODE_REQUEST }),
};
