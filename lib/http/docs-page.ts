import type { ApiDocument, Operation } from './openapi.ts';

/** The API's description as one page without scripts, which loads nothing. `alsoAt`: its paths for programs. */
export function docsPage(document: ApiDocument, { alsoAt = [] }: { readonly alsoAt?: readonly string[] } = {}): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => section(method, path, operation)),
  );
  const { title, version, description } = document.info;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(title)} ${html(version)}</title>
<style>${STYLE}</style>
<h1>${html(title)} <small>${html(version)}</small></h1>
<p>${html(description)}${alsoAt.length === 0 ? '' : ` For programs: ${alsoAt.map(pathLink).join(', ')}.`}</p>
${operations.join('\n')}
<h2>Shapes</h2>
${Object.entries(document.components.schemas)
  .map(([name, schema]) => shape(name, schema))
  .join('\n')}
</html>
`;
}

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}' +
  'pre{background:#8881;padding:1rem;overflow:auto}section{border-top:1px solid #8884;margin-top:1.5rem}' +
  'table{border-collapse:collapse}td,th{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}' +
  'b.method{font-family:monospace}:root{color-scheme:light dark}';

function section(
  method: string,
  path: string,
  { summary, security, parameters = [], requestBody, responses }: Operation,
): string {
  const rows = Object.entries(responses).map(([status, { description }]) => row([status, String(description)]));
  return `<section>
<h2><b class="method">${method.toUpperCase()}</b> <code>${html(path)}</code></h2>
<p>${html(summary)}</p>
${security.length === 0 ? '' : `<p>Scope: ${html(scopesOf(security).join(', '))}</p>`}
${requestBody === undefined ? '' : `<p>Body: ${shapesOf(requestBody).map(shapeLink).join(', ')}</p>`}
${parameters.length === 0 ? '' : `<table>${parameters.map(parameterRow).join('')}</table>`}
<table><tr><th>Status<th>Answer</tr>${rows.join('')}</table>
</section>`;
}

function parameterRow(parameter: Readonly<Record<string, unknown>>): string {
  const schema = parameter['schema'] as Record<string, unknown>;
  return row([String(parameter['name']), String(schema['description'] ?? ''), rule(schema)]);
}

/** A schema's limits, short: its values, range or default. */
function rule(schema: Readonly<Record<string, unknown>>): string {
  const { enum: values, minimum, maximum, default: standard } = schema as { [key: string]: unknown };
  const range = minimum === undefined ? '' : `${minimum} to ${maximum ?? ''}`;
  const choice = Array.isArray(values) ? values.join(', ') : range;
  return standard === undefined ? choice : `${choice} (default ${standard})`;
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${html(cell)}`).join('')}</tr>`;
}

function shape(name: string, schema: unknown): string {
  return `<h3 id="${html(name)}">${html(name)}</h3><pre>${html(JSON.stringify(schema, null, 2))}</pre>`;
}

function scopesOf(security: Operation['security']): string[] {
  return [...new Set(security.flatMap((schemes) => Object.values(schemes).flat()))];
}

/** The names of the schemas that a body refers to. */
function shapesOf(body: object): string[] {
  return [...JSON.stringify(body).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name = '']) => name);
}

function pathLink(path: string): string {
  return `<a href="${html(path)}">${html(path.slice(1))}</a>`;
}

function shapeLink(name: string): string {
  return `<a href="#${html(name)}">${html(name)}</a>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function html(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
