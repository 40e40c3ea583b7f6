import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { documentedSettings, loadConfig } from '#lib/config.ts';
import { ADJUSTABLE } from '#lib/filters/live.ts';
import { createMetrics } from '#lib/metrics/registry.ts';
import { TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import { OUTPUT_FORMATS, QUALITY_PRESETS } from '#lib/profiles/audio.ts';
import { ROWS } from '../../bench/rows.ts';
import { TIMEOUTS } from '../../client/stream/timeouts.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { ROOT, readPage, shellOf } from './support/guide.ts';

const PAGE = 'docs/guides/tuning.md';
const TEXT = readPage(PAGE);
/** Every name in backticks, outside of blocks. */
const NAMES = new Set([...TEXT.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));

/** A row of a table: its first cells, without backticks. */
function row(name: string): string[] {
  const line = TEXT.split('\n').find((text) => text.startsWith(`| \`${name}\` |`)) ?? assert.fail(name);
  return line.split('|').map((cell) => cell.trim().replaceAll('`', ''));
}

describe(PAGE, () => {
  it('names only what exists', async () => {
    const metrics = createMetrics({
      instance: 'test',
      concurrencyLimit: 1,
      activeStreams: () => 0,
      budgets: () => ({}),
      usage: () => ({
        hostMemoryBytes: 0,
        ffmpegMemory: { privateBytes: 0, sharedBytes: 0 },
        hostCpuSeconds: 0,
        ffmpegCpuSeconds: 0,
      }),
    });
    const counted = JSON.stringify(await metrics.snapshot());
    const known = new Set<string>([
      ...documentedSettings().map(({ name }) => name),
      ...Object.keys(TRANSCODE_REQUEST.shape),
      ...Object.keys(TIMEOUTS),
      ...ADJUSTABLE,
      ...OUTPUT_FORMATS,
      ...QUALITY_PRESETS,
      ...ROWS.map(({ name }) => name),
      ...['validated_ms', 'opened_ms', 'spawned_ms', 'first_byte_ms'],
      ...['true', 'false', '[]', '["speed", "volume"]', '"48k"', 'channels: 1', 'adjust: []', 'status="rejected"'],
      ...[
        'fallbacks',
        'client.counters()',
        'ffn transcode',
        'metrics.speed',
        'GET /metrics',
        'GET /api/usage',
        'GET /transcodes/{id}',
      ],
    ]);
    for (const name of NAMES) {
      const [, script] = /^npm run ([\w:]+)$/.exec(name) ?? [];
      const exists =
        script === undefined ? known.has(name) || counted.includes(`"${name}"`) : script in packageJson.scripts;
      assert.ok(exists, `${name} does not exist`);
    }
  });

  it('has the defaults that there are', () => {
    const config: Readonly<Record<string, unknown>> = loadConfig({});
    for (const name of [
      'MAX_CONCURRENT_STREAMS',
      'RESERVED_STREAMS',
      'MAX_SPOOL_TOTAL_BYTES',
      'MAX_CPU_SECONDS',
      'SOURCE_OPEN_SECONDS',
      'FFMPEG_MEMORY_MIB',
      'CACHE_MAX_BYTES',
      'READER_TIMEOUT_SECONDS',
      'FFMPEG_STALL_SECONDS',
    ])
      assert.equal(row(name)[2], String(config[name]), name);
    for (const [name, ms] of Object.entries(TIMEOUTS).filter(([name]) => TEXT.includes(`| \`${name}\` |`)))
      assert.equal(row(name)[2], ms.toLocaleString('en'), name);
  });

  it('has commands of the bench that exist', () => {
    const [commands = ''] = shellOf(PAGE);
    const rows = new Set(ROWS.map(({ name }) => name));
    for (const line of commands.trim().split('\n')) {
      const [, words = assert.fail(line)] = /^npm run bench -- (.+)$/.exec(line) ?? [];
      for (const word of words.split(' ')) assert.ok(word === '--list' || rows.has(word), word);
    }
    const listed = execFileSync(process.execPath, ['bench/run.ts', '--list'], { cwd: ROOT, encoding: 'utf8' });
    for (const name of rows) assert.match(listed, new RegExp(`^${name} `, 'm'));
  });

  it('takes its figures from the page on performance', () => {
    const performance = readPage('docs/reference/performance.md');
    for (const figure of [
      '0.29',
      '0.55',
      '0.02',
      '0.65',
      '0.78',
      '0.89',
      '0.13',
      '213',
      '1.5 %',
      '2.1 MB',
      '1.2 MB',
      '3.6 %',
    ]) {
      assert.ok(TEXT.includes(figure), `${figure} is not used`);
      assert.ok(performance.includes(figure), `${figure} is not in docs/reference/performance.md`);
    }
  });
});
