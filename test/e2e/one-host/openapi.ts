import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { PATHS } from '#lib/api/paths.ts';
import { type Answer, type CallOptions, call, type JsonBody } from '../../support/client.ts';
import { type Host, startHost } from '../../support/host.ts';
import { serve } from '../../support/http-source.ts';
import { createMediaFolder, tone } from '../../support/media.ts';
import { host, source, sourceOf } from './service.ts';

export function openapi(): void {
  const cleanUp = new AsyncDisposableStack();
  let overloaded: Host;
  let flac: string;
  let document: JsonBody;
  const ajv = new Ajv2020({ strict: false, allErrors: true });

  before(async () => {
    await using media = await createMediaFolder();
    flac = sourceOf(serve(await media.make('a.flac', tone(440, 1))));
    overloaded = cleanUp.use(await startHost({ LOG_LEVEL: 'silent', MEMORY_LIMIT_MIB: 1, FFMPEG_PATH: '/bin/true' }));
    document = (await call(host, '/openapi.json')).json();
    ajv.addSchema(document, 'api');
  });
  after(() => cleanUp.disposeAsync());

  /** Fails unless the document has this operation, with a response of this status, media type and shape. */
  function assertDescribed(method: string, path: string, found: Answer): void {
    const operation = document.paths[path]?.[method];
    assert.ok(operation, `${method} ${path} is not described`);
    const key = operation.responses[found.status] === undefined ? 'default' : String(found.status);
    const described = operation.responses[key];
    assert.ok(described, `${found.status} is not described`);
    for (const name of Object.keys(described.headers ?? {})) assert.ok(found.headers[name.toLowerCase()], name);
    const [type = ''] = (found.headers['content-type'] ?? '').split(';');
    const content = described.content[type];
    assert.ok(content, `${type} is not described for ${found.status}`);
    if (type !== 'application/json') return;
    const pointer = ['paths', path, method, 'responses', key, 'content', type, 'schema'].map(escapePointer).join('/');
    const validate = ajv.getSchema(`api#/${pointer}`);
    assert.ok(validate?.(found.json()), `${found.body}\n${ajv.errorsText(validate?.errors)}`);
  }

  function escapePointer(part: string): string {
    return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
  }

  type Call = {
    readonly path: string;
    readonly options?: CallOptions;
    readonly status: number;
    readonly of?: () => Host;
  };

  function post(status: number, body: NonNullable<CallOptions['body']>, of?: () => Host): Call {
    return { path: '/transcode', options: { method: 'POST', body }, status, ...(of === undefined ? {} : { of }) };
  }

  describe('The document describes', () => {
    const good = (): Record<string, unknown> => ({ source_url: flac, output_format: 'pcm' });
    const cases: Readonly<Record<string, () => Call>> = {
      'Opus by POST': () => post(200, { ...good(), output_format: 'opus' }),
      'AAC by POST': () => post(200, { ...good(), output_format: 'aac' }),
      'PCM by POST': () => post(200, good()),
      'audio by GET': () => ({
        path: `/transcode?${new URLSearchParams(good() as Record<string, string>)}`,
        status: 200,
      }),
      'a body that is not JSON': () => post(400, '{'),
      'a source that is not a URL': () => post(400, { ...good(), source_url: 'file:///etc/passwd' }),
      'a forbidden source': () => post(403, { ...good(), source_url: 'http://127.0.0.1:1/' }),
      'too large a body': () => post(413, 'x'.repeat(70_000)),
      'a wrong field': () => post(422, { ...good(), colour: 1 }),
      'a wrong filter': () => post(422, { ...good(), filters: { speed: 10, volume: [1] } }),
      'a wrong query': () => ({ path: '/transcode?speed=10', status: 422 }),
      'a missing source': () => post(502, { ...good(), source_url: `${source.origin}/missing` }),
      'a service without ffmpeg': () => post(503, good(), () => overloaded),
      'good health': () => ({ path: '/health', status: 200 }),
      'bad health': () => ({ path: '/health', status: 503, of: () => overloaded }),
      liveness: () => ({ path: '/health/live', status: 200 }),
      readiness: () => ({ path: '/health/ready', status: 200 }),
      'missing readiness': () => ({ path: '/health/ready', status: 503, of: () => overloaded }),
      'the metrics': () => ({ path: '/metrics', status: 200 }),
      itself: () => ({ path: '/openapi.json', status: 200 }),
      'itself as YAML': () => ({ path: '/openapi.yaml', status: 200 }),
      'the documentation page': () => ({ path: '/docs', status: 200 }),
      'an unknown method': () => ({ path: '/health', options: { method: 'DELETE' }, status: 404 }),
    };
    for (const [what, make] of Object.entries(cases)) {
      it(what, async () => {
        const { path, options, status, of } = make();
        const found = await call(of?.() ?? host, path, options);
        assert.equal(found.status, status, found.body.toString('utf8', 0, 300));
        const method = options?.method === 'POST' ? 'post' : 'get';
        assertDescribed(method, path.split('?')[0] ?? '', found);
      });
    }

    it('the same as YAML and as JSON', async () => {
      const { headers, body } = await call(host, '/openapi.yaml');
      assert.equal(headers['content-type'], 'application/yaml');
      assert.deepEqual(parse(body.toString('utf8')), document);
    });

    it('exactly the routes that exist, except the hidden ones of the API reference', () => {
      const { functionUrls } = parse(readFileSync('serverless.yml', 'utf8')).custom;
      const { asset, root } = PATHS.openapi;
      const hidden: string[] = [asset, root, '/{path+}'];
      const routes = Object.keys(functionUrls).filter((path) => !hidden.includes(path));
      assert.deepEqual(Object.keys(document.paths).toSorted(), routes.toSorted());
      assert.match(document.openapi, /^3\.1\./);
    });

    it('requests that the service accepts, and no others', () => {
      const validate = ajv.getSchema('api#/components/schemas/TranscodeRequest');
      assert.ok(validate?.({ source_url: 'https://a/b', output_format: 'opus' }));
      assert.ok(
        validate?.({ source_url: 'https://a/b', output_format: 'aac', bitrate: '96k', filters: { speed: 1.5 } }),
      );
      assert.ok(!validate?.({ output_format: 'opus' }));
      assert.ok(!validate?.({ source_url: 'https://a/b', output_format: 'opus', colour: 1 }));
      assert.ok(!validate?.({ source_url: 'https://a/b', output_format: 'opus', filters: { speed: 3 } }));
    });
  });
}
