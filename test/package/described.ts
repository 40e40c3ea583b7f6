import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Whole } from './implementation.ts';

/** Fails unless the service's own OpenAPI document describes this response of the operation. */
export type AssertDescribed = (operation: { readonly method: string; readonly path: string }, answer: Whole) => void;

// biome-ignore lint/suspicious/noExplicitAny: a document of OpenAPI.
export function describedBy(document: any): AssertDescribed {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).addSchema(document, 'api');
  return ({ method, path }, { statusCode, headers, body, json }) => {
    const templates = Object.keys(document.paths);
    const pattern = templates.find((one) => one === path) ?? templates.find((one) => matches(one, path)) ?? path;
    const responses = document.paths[pattern]?.[method.toLowerCase()]?.responses;
    assert.ok(responses, `${method} ${path} is not described`);
    const status = responses[statusCode] === undefined ? 'default' : String(statusCode);
    const [type = ''] = (headers['content-type'] ?? '').split(';');
    assert.ok(body.length === 0 || responses[status].content[type], `${statusCode} ${type} is not described`);
    if (type !== 'application/json' || body.length === 0) return;
    const steps = ['paths', pattern, method.toLowerCase(), 'responses', status, 'content', type, 'schema'];
    const pointer = steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    const validate = ajv.getSchema(`api#/${pointer}`);
    assert.ok(validate?.(json()), `${body}\n${ajv.errorsText(validate?.errors)}`);
  };
}

function matches(template: string, path: string): boolean {
  return new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
}
