import { get, post, type RouteEntry, TEXT } from '#lib/http/route-entry.ts';
import { TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import { AUDIO_MEDIA_TYPES } from '#lib/profiles/audio.ts';
import { PATHS } from './paths.ts';

const SHARED = {
  access: 'transcode',
  summary: 'Transcode a source and stream the audio',
  answers: {
    200: {
      description:
        'The audio, in a chunked body, while it is encoded. If an error occurs after the first byte, the connection ' +
        'is cut, so a body that ends properly is complete.',
      headers: {
        'X-Transcode-Id': 'Id of the transcode, for `/transcodes/{id}`.',
        'X-Source-Format': 'Detected container and codec, such as `mp3/mp3`.',
        'Cache-Status':
          'Where the audio comes from (RFC 9211). `hit`: the cache. `collapsed`: an encode that identical requests ' +
          'share. Otherwise: a new encode.',
      },
      content: Object.fromEntries(AUDIO_MEDIA_TYPES.map((type) => [type, { ...TEXT, contentMediaType: type }])),
    },
  },
} as const satisfies Partial<RouteEntry>;

export const TRANSCODE_ROUTES = {
  post: post(PATHS.transcode.own, { ...SHARED, body: { name: 'TranscodeRequest', schema: TRANSCODE_REQUEST } }),
  get: get(PATHS.transcode.own, { ...SHARED, query: TRANSCODE_REQUEST }),
};
