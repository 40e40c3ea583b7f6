import { ENCODERS_ROUTES } from '#lib/api/encoders.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { jsonAnswer } from '#lib/http/answer.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `GET /api/encoders` and `GET /api/fonts`: what ffmpeg can do on this machine. */
export const handler = httpFunction(
  'BUFFERED',
  serve(ENCODERS_ROUTES, {
    async list() {
      return jsonAnswer(200, await services.ffmpegBuilds());
    },
    async fonts() {
      return jsonAnswer(200, await services.fonts());
    },
  }),
  httpOptions,
);
