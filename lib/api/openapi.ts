import { type ApiDocument, describeRoutes } from '#lib/http/openapi.ts';
import { ROUTES } from './routes.ts';

/** The OpenAPI document of the service, as callers reach it at `publicUrl`. */
export function openApiDocument(version: string, publicUrl = '/'): ApiDocument {
  const info = {
    title: 'ffmpeg-functions',
    version,
    description: 'FFmpeg as functions: audio that streams.',
    license: { name: 'MIT', identifier: 'MIT' },
  };
  return describeRoutes(
    { info, servers: [{ url: publicUrl }] },
    Object.values(ROUTES).flatMap((table) => Object.values(table)),
  );
}
