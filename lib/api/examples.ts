import type { RouteExamples } from '#lib/http/openapi.ts';
import type { RouteTable } from '#lib/http/route-entry.ts';
import type { ROUTES } from './routes.ts';

/** A recording that `npm start` and `npm run offline` put into the embedded store, so that the examples can be sent. */
export const SAMPLE_SOURCE = 's3://media/sense-and-sensibility.flac';

const TRANSCODE_ID = '0198f3c2-6d1e-7a54-9c0b-2f6f1c1f7a10';
const UPLOADED = 's3://uploads/uploads/0198f3c4/episode-12.mp3';
const UPLOAD_ID = '2~Zk3mV9aXo1';
const KEY_ID = '5f0c9d2e7b41a836';
const CREATED_AT = '2026-11-21T12:00:00.000Z';
const SIGNED_URL =
  'https://uploads.s3.eu-central-1.amazonaws.com/uploads/0198f3c4/episode-12.mp3?X-Amz-Expires=3600&X-Amz-Signature=…';

const FILTERS = { speed: 1.25, pitch: 0, eq_preset: 'bass_boost', volume: 1 };

const TRANSCODE = {
  id: TRANSCODE_ID,
  state: 'completed',
  source_format: 'flac/flac',
  output_format: 'opus',
  live: false,
  adjust: [],
  filters: FILTERS,
  progress: { position_seconds: 24.8, duration_seconds: 24.8, percent: 100 },
  metrics: { first_byte_ms: 96, bytes: 246_669, speed: 32.5, cpu_seconds: 0.58 },
  cancelled_by: null,
  error: null,
  created_at: CREATED_AT,
  ended_at: '2026-11-21T12:00:00.610Z',
};

const API_KEY = {
  id: KEY_ID,
  name: 'podcast player',
  subject: KEY_ID,
  scopes: ['transcode'],
  limits: { places: 10 },
  created_at: CREATED_AT,
  expires_at: '2027-02-19T12:00:00.000Z',
  made_by: null,
};

const HEALTHY = {
  status: 'healthy',
  service: 'ffmpeg-functions',
  version: '0.1.0',
  uptime_seconds: 86_400,
  active_streams: 3,
  ffmpeg_version: '5.1.9',
  confinement: 'full',
  checks: {
    ffmpeg: { status: 'ok' },
    store: { status: 'ok' },
    storage: { status: 'ok' },
    runner: { status: 'disabled' },
  },
};

const UNHEALTHY = {
  ...HEALTHY,
  status: 'unhealthy',
  active_streams: 0,
  ffmpeg_version: null,
  confinement: null,
  checks: { ...HEALTHY.checks, ffmpeg: { status: 'failed', message: 'no ffmpeg was found' } },
};

const AUDIO = 'The bytes of the audio';

const METRICS = `# HELP active_streams Transcodes that run now.
# TYPE active_streams gauge
active_streams 3
`;

const EVENTS = `retry: 2000

id: 1042
event: progress
data: {"position_seconds":12.4,"duration_seconds":24.8,"percent":50}

id: 1043
event: end
data: {"state":"completed"}

`;

type ExamplesOf<Tables extends Readonly<Record<string, RouteTable>>> = {
  readonly [Table in keyof Tables]: {
    readonly [Name in keyof Tables[Table] as Tables[Table][Name] extends { readonly hidden: true }
      ? never
      : Name]: RouteExamples;
  };
};

/** An example of each route that the OpenAPI document describes. */
export const EXAMPLES: ExamplesOf<typeof ROUTES> = {
  transcode: {
    post: {
      body: {
        'Opus, a quarter faster with more bass': {
          source_url: SAMPLE_SOURCE,
          output_format: 'opus',
          filters: { speed: 1.25, eq_preset: 'bass_boost' },
        },
        'AAC, ten seconds from the fifth on': {
          source_url: SAMPLE_SOURCE,
          output_format: 'aac',
          bitrate: '128k',
          start_at: 5,
          duration: 10,
        },
        'PCM, mono at 16 kHz': { source_url: SAMPLE_SOURCE, output_format: 'pcm', sample_rate: 16_000, channels: 1 },
      },
      answers: { 200: AUDIO },
    },
    get: { query: { source_url: SAMPLE_SOURCE, output_format: 'opus', speed: 1.25 }, answers: { 200: AUDIO } },
  },
  transcodes: {
    list: { query: { state: 'completed', limit: '20' }, answers: { 200: { items: [TRANSCODE], next_cursor: null } } },
    get: { params: { id: TRANSCODE_ID }, answers: { 200: TRANSCODE } },
    cancel: { params: { id: TRANSCODE_ID } },
    adjust: {
      params: { id: TRANSCODE_ID },
      body: {
        'Faster, with more bass': { speed: 1.5, eq_preset: 'bass_boost' },
        'Half the volume': { volume: 0.5 },
      },
      answers: { 200: { filters: { ...FILTERS, speed: 1.5 }, applied_at_sample: 1_440_000 } },
    },
  },
  'transcode-events': {
    follow: { params: { id: TRANSCODE_ID }, answers: { 200: EVENTS } },
  },
  uploads: {
    start: {
      body: { 'An MP3 of 4 MB': { filename: 'episode-12.mp3', bytes: 4_000_000, content_type: 'audio/mpeg' } },
      answers: {
        201: {
          source_url: UPLOADED,
          method: 'PUT',
          expires_at: '2026-11-21T12:15:00.000Z',
          url: SIGNED_URL,
          headers: { 'Content-Type': 'audio/mpeg' },
        },
      },
    },
    complete: {
      body: {
        'Two parts': {
          source_url: UPLOADED,
          upload_id: UPLOAD_ID,
          parts: [
            { part_number: 1, etag: '"9b2cf535f27731c974343645a3985328"' },
            { part_number: 2, etag: '"7d793037a0760186574b0282f2f435e7"' },
          ],
        },
      },
      answers: { 200: { source_url: UPLOADED, bytes: 104_857_600 } },
    },
    abort: { body: { 'An upload in parts': { source_url: UPLOADED, upload_id: UPLOAD_ID } } },
  },
  token: {
    grant: {
      body: {
        'The key in the body': {
          grant_type: 'client_credentials',
          client_id: KEY_ID,
          client_secret: `ffk_${KEY_ID}_…`,
          scope: 'transcode',
        },
      },
      answers: {
        200: { access_token: 'eyJhbGciOiJIUzI1NiJ9…', token_type: 'Bearer', expires_in: 3_600, scope: 'transcode' },
      },
    },
  },
  keys: {
    create: {
      body: {
        'A key for 90 days': {
          name: 'podcast player',
          scopes: ['transcode'],
          expires_in_days: 90,
          limits: { places: 10 },
        },
      },
      answers: { 201: { ...API_KEY, key: `ffk_${KEY_ID}_…` } },
    },
    list: { answers: { 200: { keys: [API_KEY], next_cursor: null } } },
    get: { params: { id: KEY_ID }, answers: { 200: API_KEY } },
    revoke: { params: { id: KEY_ID } },
  },
  usage: {
    get: {
      answers: {
        200: {
          requests_per_minute: { used: 12, limit: 3_000, unit: 'count' },
          places: { used: 3, limit: 10, unit: 'count' },
          event_streams: { used: 1, limit: 100, unit: 'count' },
          spool_bytes: { used: 0, limit: 3_865_470_566, unit: 'bytes' },
          cache_bytes: { used: 246_669, limit: 268_435_456, unit: 'bytes' },
          cpu_seconds_per_hour: { used: 41.5, limit: null, unit: 'seconds' },
          records_per_day: { used: 87, limit: 100_000, unit: 'count' },
          stored_bytes: { used: 104_857_600, limit: 68_719_476_736, unit: 'bytes' },
          open_uploads: { used: 0, limit: 100, unit: 'count' },
        },
      },
    },
  },
  health: {
    report: { answers: { 200: HEALTHY, 503: UNHEALTHY } },
    live: { answers: { 200: { status: 'ok' } } },
    ready: { answers: { 200: { status: 'ok' }, 503: { status: 'failed' } } },
  },
  metrics: { get: { answers: { 200: METRICS } } },
  openapi: { json: {}, yaml: {}, docs: {} },
};
