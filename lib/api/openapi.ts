import { type ApiDocument, describeRoutes } from '#lib/http/openapi.ts';
import { ROUTES } from './routes.ts';

/** The OpenAPI document of the service. */
export function openApiDocument(version: string): ApiDocument {
  const info = {
    title: 'ffmpeg-functions',
    version,
    description: 'FFmpeg as functions: audio that streams.',
    license: { name: 'MIT', identifier: 'MIT' },
  };
  return describeRoutes(
    info,
    Object.values(ROUTES).flatMap((table) => Object.values(table)),
  );
}
