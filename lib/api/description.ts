import { get, TEXT } from '#lib/http/route-entry.ts';
import { PATHS } from './paths.ts';

export const DESCRIPTION_ROUTES = {
  json: get(PATHS.openapi.own, {
    access: 'public',
    summary: 'Get the OpenAPI document as JSON',
    answers: {
      200: { description: 'The OpenAPI 3.1 document.', content: { 'application/json': { type: 'object' } } },
    },
  }),
  yaml: get(PATHS.openapi.yaml, {
    access: 'public',
    summary: 'Get the OpenAPI document as YAML',
    answers: { 200: { description: 'The OpenAPI 3.1 document.', content: { 'application/yaml': TEXT } } },
  }),
  docs: get(PATHS.openapi.docs, {
    access: 'public',
    summary: 'Show the API reference as a web page',
    answers: { 200: { description: 'The API reference.', content: { 'text/html': TEXT } } },
  }),
  asset: get(PATHS.openapi.asset, {
    access: 'public',
    hidden: true,
    summary: 'A script or stylesheet of the page.',
    params: { release: 'Changes with the content of the files.', file: 'Its name.' },
    answers: { 200: { description: 'The file.' } },
  }),
  root: get(PATHS.openapi.root, {
    access: 'public',
    hidden: true,
    summary: 'Redirects to the page.',
    answers: { 302: { description: 'To `/docs`.' } },
  }),
};
