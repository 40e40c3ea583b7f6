import { after, before, describe } from 'node:test';
import { bitrate } from './one-host/bitrate.ts';
import { browserPages } from './one-host/browser-pages.ts';
import { changingSources } from './one-host/changing-sources.ts';
import { filters } from './one-host/filters.ts';
import { formats } from './one-host/formats.ts';
import { openapi } from './one-host/openapi.ts';
import { passthrough } from './one-host/passthrough.ts';
import { requests } from './one-host/requests.ts';
import { startService, stopService } from './one-host/service.ts';
import { startAt } from './one-host/start-at.ts';

/** These tests share a host, because to start one takes longer than most of them. */
describe('An ordinary host', () => {
  before(startService);
  after(stopService);

  describe('formats', formats);
  describe('parts of a source', startAt);
  describe('bitrates', bitrate);
  describe('filters', filters);
  describe('sources that change', changingSources);
  describe('passthrough', passthrough);
  describe('requests', requests);
  describe('the OpenAPI document', openapi);
  describe('pages for browsers', browserPages);
});
