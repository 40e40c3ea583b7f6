import { BUILDS } from '#lib/ffmpeg/builds.ts';
import { get } from '#lib/http/route-entry.ts';
import { PATHS } from './paths.ts';

export const ENCODERS_ROUTES = {
  list: get(PATHS.encoders.own, {
    access: 'any',
    summary: 'List what ffmpeg can do on this machine',
    answers: {
      200: {
        description: 'The encoders that work, and the ffmpeg that is used for each purpose.',
        json: { name: 'Encoders', schema: BUILDS },
      },
    },
  }),
};
