import { type ApiDocument, type DescribedRoute, describeRoutes } from '#lib/http/openapi.ts';
import { EXAMPLES } from './examples.ts';
import { ROUTES } from './routes.ts';
import { TABLE_TAGS, TAGS } from './tags.ts';

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
  return describeRoutes({ info, servers: [{ url: publicUrl }], tags: TAGS }, TAGS.flatMap(routesOf));
}

/** The routes of a group, each with its examples. */
function routesOf(tag: (typeof TAGS)[number]): DescribedRoute[] {
  const names = Object.keys(ROUTES) as (keyof typeof ROUTES)[];
  return names
    .filter((name) => TABLE_TAGS[name] === tag)
    .flatMap((name) => {
      const examples: Readonly<Record<string, DescribedRoute['examples']>> = EXAMPLES[name];
      return Object.entries(ROUTES[name]).map(([route, entry]) => ({
        ...entry,
        id: `${name.replace('-', '_')}_${route}`,
        tag: tag.name,
        examples: examples[route] ?? {},
      }));
    });
}
