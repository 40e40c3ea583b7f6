import { type ApiDocument, describeRoutes } from '#lib/http/openapi.ts';
import { ROUTES } from './routes.ts';

/** Returns the OpenAPI document of the service. Callers reach the service at `publicUrl`. */
export function openApiDocument(version: string, publicUrl = '/'): ApiDocument {
  const info = {
    title: 'ffmpeg-functions',
    version,
    description:
      'Transcodes audio with FFmpeg. A request names a source URL, and the response streams Opus, AAC or PCM while ' +
      'it is encoded.',
    license: { name: 'MIT', identifier: 'MIT' },
  };
  return describeRoutes(
    { info, servers: [{ url: publicUrl }] },
    Object.values(ROUTES).flatMap((table) => Object.values(table)),
  );
}
