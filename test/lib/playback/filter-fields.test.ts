import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { describeRoutes } from '#lib/http/openapi.ts';
import { queryReader } from '#lib/http/query.ts';
import { get } from '#lib/http/route-entry.ts';
import { changesOf, FILTERS } from '#lib/playback/filter-fields.ts';
import { numberWithin } from '#lib/playback/ranges.ts';
import { TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import { FILTER_OPTIONS, filterOptions } from '../../../client/cli/arguments/request-options.ts';

const ECHO = numberWithin('echo', 0.1, 5, ' seconds').meta({ description: 'Seconds; the dry sound stays.' }).default(1);
const FILTERS_WITH_ECHO = z.strictObject({ ...FILTERS.shape, echo: ECHO });
const REQUEST_WITH_ECHO = z.strictObject({ ...TRANSCODE_REQUEST.shape, filters: FILTERS_WITH_ECHO.prefault({}) });

describe('a filter that is added to the schema', () => {
  it('is read from the query with its type', () => {
    assert.deepEqual(queryReader(REQUEST_WITH_ECHO)({ echo: '0.5', live: 'true' }), {
      filters: { echo: 0.5 },
      live: true,
    });
    assert.deepEqual(queryReader(TRANSCODE_REQUEST)({ echo: '0.5' }), { echo: '0.5' });
  });

  it('is a parameter of the OpenAPI document, with its range', () => {
    const info = { title: 't', version: '1', description: 'd' };
    const route = get('/transcode', { access: 'public', summary: 's', query: REQUEST_WITH_ECHO, answers: {} });
    const described = { ...route, id: 'a', tag: 'a', examples: {} };
    const parameters =
      describeRoutes({ info, servers: [], tags: [] }, [described]).paths['/transcode']?.['get']?.parameters ?? [];
    assert.deepEqual(
      parameters.find(({ name }) => name === 'echo'),
      {
        name: 'echo',
        in: 'query',
        required: false,
        description: 'Seconds; the dry sound stays.',
        schema: {
          type: 'number',
          minimum: 0.1,
          maximum: 5,
          default: 1,
          description: 'Seconds; the dry sound stays.',
        },
      },
    );
  });

  it('is an option of ffn, with its unit and range', () => {
    const { echo, ...others } = filterOptions(FILTERS_WITH_ECHO);
    assert.deepEqual(echo, { type: 'string', value: 'SECONDS', help: '0.1 to 5; the dry sound stays' });
    assert.deepEqual(others, FILTER_OPTIONS);
  });

  it('is not changed by a change that omits it', () => {
    const patch = z.strictObject(changesOf(FILTERS_WITH_ECHO.shape));
    assert.deepEqual(patch.parse({}), {});
    assert.deepEqual(patch.parse({ echo: 2 }), { echo: 2 });
    assert.equal(patch.safeParse({ echo: 6 }).success, false);
  });
});

describe('the options of ffn', () => {
  it('are one per filter, and one for both kinds of equalisation', () => {
    const names = Object.keys(FILTERS.shape).filter((name) => name !== 'equalizer');
    assert.deepEqual(
      Object.keys(FILTER_OPTIONS),
      names.map((name) => (name === 'eq_preset' ? 'eq' : name)),
    );
    assert.deepEqual(FILTER_OPTIONS['speed'], {
      type: 'string',
      value: 'FACTOR',
      help: '0.5 to 2; the pitch stays the same',
    });
    assert.equal(FILTER_OPTIONS['volume']?.help, '0 to 2');
  });
});
