import { BUILDS } from '#lib/ffmpeg/builds.ts';
import { FONTS } from '#lib/ffmpeg/fonts/fonts.ts';
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
  fonts: get(PATHS.encoders.fonts, {
    access: 'any',
    summary: 'List the fonts for texts in videos',
    answers: {
      200: {
        description: 'The families that the ffmpeg for video jobs finds on this machine.',
        json: { name: 'Fonts', schema: FONTS },
      },
    },
  }),
};
