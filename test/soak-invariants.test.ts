import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChannelReport } from '../bench/soak/channel-report.ts';
import { type RunFacts, violationsOf } from '../bench/soak/invariants.ts';

const CHANNEL: ChannelReport = {
  channel: 0,
  kind: 'exact',
  dueSeconds: 1_000,
  lateSeconds: 1,
  longestWaitMs: 900,
  tracks: 60,
  skipped: [{ path: '/0/7/missing', isGood: false, code: 'DOWNLOAD_FAILED' }],
  legs: { service: 60, fallback: 3 },
  adjustments: 0,
  deviations: [],
};

const CLEAN: RunFacts = {
  channels: [CHANNEL],
  expectedChannels: 1,
  seconds: 1_004,
  struck: () => 0,
  atRest: {
    openRows: 0,
    connections: 6,
    idleInTransaction: 0,
    children: [],
    deletedFiles: [],
    hostDescriptors: 44,
    clientDescriptors: 30,
    spoolFiles: [],
    sourceConnections: 0,
    strays: [],
  },
  before: { hostDescriptors: 40, clientDescriptors: 28 },
  afterStop: { exitCode: 0, processes: [], ports: [], files: [], openRows: 0, sharedMemory: 0 },
};

const channel = (fields: Partial<ChannelReport>): Partial<RunFacts> => ({ channels: [{ ...CHANNEL, ...fields }] });
const atRest = (fields: Partial<RunFacts['atRest']>): Partial<RunFacts> => ({ atRest: { ...CLEAN.atRest, ...fields } });
const afterStop = (fields: Partial<RunFacts['afterStop']>): Partial<RunFacts> => ({
  afterStop: { ...CLEAN.afterStop, ...fields },
});
const good = { path: '/0/3/music.mp3', isGood: true, code: 'DOWNLOAD_FAILED' };

/** Each kind of violation, and its message. */
const VIOLATIONS: Readonly<Record<string, readonly [Partial<RunFacts>, RegExp]>> = {
  'late seconds': [channel({ lateSeconds: 2 }), /^2 of 1000 seconds were late$/],
  'a channel that did not play all the time': [
    channel({ dueSeconds: 980, lateSeconds: 0 }),
    /played for only 980 of 1004 s/,
  ],
  'a channel that never began': [{ expectedChannels: 2 }, /1 channels never began/],
  'lost or repeated samples': [channel({ deviations: ['/0/3: 5 samples lost'] }), /channel 0: \/0\/3: 5 samples lost/],
  'a skipped valid track': [channel({ skipped: [good] }), /\/0\/3\/music\.mp3 was skipped/],
  'records that are not closed': [atRest({ openRows: 3 }), /3 records of transcodes are not closed/],
  connections: [atRest({ connections: 7 }), /7 connections to the database/],
  'an open transaction': [atRest({ idleInTransaction: 1 }), /idle in a transaction/],
  'a process that is still running': [atRest({ children: ['ffmpeg -i x'] }), /running without a stream: ffmpeg -i x/],
  'a process without an owner': [atRest({ strays: ['postgres'] }), /outlived its owner: postgres/],
  'an open deleted file': [atRest({ deletedFiles: ['/spool/a (deleted)'] }), /deleted file open/],
  'a temporary file': [atRest({ spoolFiles: ['spool-1'] }), /temporary file is left: spool-1/],
  'a connection to a source': [atRest({ sourceConnections: 1 }), /connections to sources/],
  'descriptors of the host': [atRest({ hostDescriptors: 53 }), /the host has 53 descriptors open, 40 before/],
  'descriptors of the orchestrator': [atRest({ clientDescriptors: 41 }), /the orchestrator has 41 descriptors/],
  'a bad exit code': [afterStop({ exitCode: 1 }), /the system exited with 1/],
  'a process after the end': [afterStop({ processes: ['node host.ts'] }), /outlived the system: node host\.ts/],
  'a port': [afterStop({ ports: [8090] }), /port 8090 is still open/],
  'a file': [afterStop({ files: ['/tmp/a'] }), /a file is left: \/tmp\/a/],
  'records after the end': [afterStop({ openRows: 1 }), /1 records are not closed after the end/],
  'shared memory': [afterStop({ sharedMemory: 1 }), /1 segments of shared memory/],
};

describe('the invariants of a soak', () => {
  it('are met by a clean run', () => {
    assert.deepEqual(violationsOf(CLEAN), []);
  });

  for (const [name, [fields, expected]] of Object.entries(VIOLATIONS)) {
    it(`report ${name}`, () => {
      const found = violationsOf({ ...CLEAN, ...fields });
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0] ?? '', expected);
    });
  }

  it('allow a skipped valid track when its source failed for both the service and the local ffmpeg', () => {
    const facts = { ...CLEAN, ...channel({ skipped: [good] }) };
    assert.equal(violationsOf({ ...facts, struck: () => 1 }).length, 1);
    assert.deepEqual(violationsOf({ ...facts, struck: (path) => (path === good.path ? 2 : 0) }), []);
  });
});
