import { get, TEXT } from '#lib/http/route-entry.ts';
import { PATHS } from './paths.ts';

export const DESCRIPTION_ROUTES = {
  json: get(PATHS.openapi.own, {
    access: 'public',
    summary: 'This document.',
    answers: { 200: { description: 'OpenAPI 3.1.', content: { 'application/json': { type: 'object' } } } },
  }),
  yaml: get(PATHS.openapi.yaml, {
    access: 'public',
    summary: 'This document, as YAML.',
    answers: { 200: { description: 'OpenAPI 3.1.', content: { 'application/yaml': TEXT } } },
  }),
  docs: get(PATHS.openapi.docs, {
    access: 'public',
    summary: 'This document, for people.',
    answers: { 200: { description: 'A page.', content: { 'text/html': TEXT } } },
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
