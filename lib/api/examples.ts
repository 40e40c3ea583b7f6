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

const JOB_ID = '0198f3c5-1b7a-7c3d-8f21-6a4b9e0d5c11';
const JOB_OUTPUTS = [
  {
    name: 'film',
    format: 'mp4',
    url: 'https://uploads.s3.eu-central-1.amazonaws.com/jobs/podcast/0198f3c5/1/film.mp4?X-Amz-Expires=3600&X-Amz-Signature=…',
    bytes: 8_388_608,
    duration_seconds: 20,
    width: 1_280,
    height: 720,
    video: 'encoded',
    audio: 'encoded',
    not_copied_because: 'the clips differ in size',
  },
];

const JOB = {
  id: JOB_ID,
  status: 'completed',
  phase: 'done',
  progress: 100,
  eta_seconds: null,
  speed: 2.4,
  queue_position: null,
  priority: 5,
  attempts: 1,
  errors: 0,
  warnings: [],
  metadata: { order: 'A-17' },
  result: { outputs: JOB_OUTPUTS, expires_at: '2026-11-28T12:00:09.000Z', cached: false },
  error: null,
  created_at: CREATED_AT,
  started_at: '2026-11-21T12:00:00.140Z',
  ended_at: '2026-11-21T12:00:09.000Z',
};

const PROBE = {
  kind: 'media',
  container: 'flac',
  seconds: 24.73,
  bytes: 652_316,
  streams: [
    {
      ...{ type: 'audio', index: 0, codec: 'flac', profile: null, start_seconds: 0, end_seconds: 24.73 },
      ...{ language: null, default: false, sample_rate: 22_050, channels: 1, layout: 'mono' },
    },
  ],
  other_streams: [],
  unknown: [],
};

const CALLBACK = {
  id: '0198f3c5-3f10-7b52-9d0e-8c1a2b3c4d5e',
  event: 'job.completed',
  url: 'https://example.org/callbacks',
  status: 'delivered',
  attempts: [{ at: '2026-11-21T12:00:09.100Z', status: 204, reason: null, ms: 87 }],
  next_attempt_at: null,
  created_at: '2026-11-21T12:00:09.000Z',
  ended_at: '2026-11-21T12:00:09.187Z',
};

const WAITING_JOB = {
  ...JOB,
  ...{ status: 'pending', phase: 'queued', progress: null, speed: null, queue_position: 1, attempts: 0 },
  ...{ result: null, started_at: null, ended_at: null },
};

const JOB_EVENTS = `retry: 2000

id: 2081
event: status
data: {"status":"processing","phase":"encoding"}

id: 2094
event: progress
data: {"phase":"encoding","progress":62.5,"eta_seconds":3,"speed":2.4}

id: 2101
event: end
data: {"status":"completed"}

`;

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

const CALLBACK_SECRET = { secret: 'whsec_…', created_at: CREATED_AT };

const HEALTHY = {
  status: 'healthy',
  service: 'ffmpeg-functions',
  version: '0.1.0',
  uptime_seconds: 86_400,
  active_streams: 3,
  ffmpeg_version: '5.1.9',
  confinement: 'full',
  ffmpeg_builds: { audio: { version: '5.1.9', missing: [] }, full: { version: '5.1.9', missing: [] } },
  checks: {
    ffmpeg: { status: 'ok' },
    store: { status: 'ok' },
    storage: { status: 'ok' },
    runners: { jobs: { status: 'ok' } },
  },
};

const UNHEALTHY = {
  ...HEALTHY,
  status: 'unhealthy',
  active_streams: 0,
  ffmpeg_version: null,
  confinement: null,
  ffmpeg_builds: { audio: null, full: null },
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
  jobs: {
    submit: {
      body: {
        'Two videos, one after the other, and a picture': {
          inputs: { a: 'https://example.org/a.mp4', b: 'https://example.org/b.avi' },
          steps: [{ op: 'concat', inputs: ['a', { input: 'b', from: 10, to: 20 }] }],
          outputs: [
            { name: 'film', format: 'mp4' },
            { name: 'poster', format: 'jpg', at: 3 },
          ],
          metadata: { order: 'A-17' },
        },
        'New sound under a picture that is copied, and subtitles': {
          inputs: {
            a: 'https://example.org/a.mp4',
            music: 'https://example.org/music.mp3',
            subs: { url: 'https://example.org/a.srt', encoding: 'windows-1251', language: 'rus' },
          },
          steps: [
            { op: 'audio', mode: 'replace', input: 'music', loop: true },
            { op: 'subtitles', mode: 'embed', input: 'subs', default: true },
          ],
          output: { format: 'mp4' },
        },
        'A part of a video, smaller': {
          inputs: { a: 'https://example.org/a.mp4' },
          steps: [
            { op: 'trim', from: 5, to: 15 },
            { op: 'scale', width: 640, height: 360 },
          ],
          output: { format: 'webm' },
        },
        'A package for players': {
          inputs: { a: 'https://example.org/a.mp4' },
          output: { name: 'web', format: 'hls', ladder: ['720p', '480p', 'audio'] },
        },
      },
      answers: {
        200: { valid: true, error: null, warnings: [], plan: null, plan_missing_because: 'input b is slow to answer' },
        202: WAITING_JOB,
      },
    },
    list: { query: { status: 'completed', limit: '20' }, answers: { 200: { items: [JOB], next_cursor: null } } },
    get: { params: { id: JOB_ID }, answers: { 200: JOB } },
    logs: {
      params: { id: JOB_ID },
      query: { part: 'log' },
      answers: { 200: 'frame=  500 fps=120 time=00:00:20.00 speed=4.8x\n' },
    },
    result: { params: { id: JOB_ID }, query: { output: 'film' } },
    file: {
      params: { id: JOB_ID, output: 'web', file: 'master.m3u8' },
      query: { token: 'v1.a.c2VhbGVk' },
    },
    callbacks: { params: { id: JOB_ID }, answers: { 200: { items: [CALLBACK] } } },
    replay: {
      params: { id: JOB_ID, event: 'job.completed' },
      answers: { 202: { ...CALLBACK, status: 'pending', next_attempt_at: CREATED_AT, ended_at: null } },
    },
    cancel: {
      params: { id: JOB_ID },
      answers: {
        200: { ...WAITING_JOB, status: 'cancelled', queue_position: null, ended_at: '2026-11-21T12:00:01.000Z' },
        202: { ...WAITING_JOB, status: 'processing', phase: 'encoding', progress: 12.5, queue_position: null },
      },
    },
    retry: { params: { id: JOB_ID }, answers: { 202: WAITING_JOB } },
    remove: { params: { id: JOB_ID } },
  },
  'job-events': { follow: { params: { id: JOB_ID }, answers: { 200: JOB_EVENTS } } },
  'job-preview': {
    preview: {
      body: {
        'The frame at 3.2 seconds, 640 pixels wide': {
          inputs: { a: 'https://example.org/a.mp4', b: 'https://example.org/b.avi' },
          steps: [{ op: 'concat', inputs: ['a', 'b'] }],
          output: { format: 'mp4', width: 640 },
          at: 3.2,
        },
      },
      answers: { 200: 'The bytes of the picture' },
    },
  },
  probe: { probe: { body: { 'A recording': { url: SAMPLE_SOURCE } }, answers: { 200: PROBE } } },
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
          jobs: { used: 2, limit: 1_000, unit: 'count' },
        },
      },
    },
  },
  encoders: {
    fonts: {
      answers: {
        200: { default: 'DejaVu Sans', fonts: [{ family: 'DejaVu Sans', styles: ['Bold', 'Book'] }] },
      },
    },
    list: {
      answers: {
        200: {
          encoders: [
            {
              ...{ purpose: 'audio', name: 'libopus', media: 'audio', hardware: false },
              ...{ compiled: true, usable: true, reason: null, probe_ms: 9 },
            },
            {
              ...{ purpose: 'full', name: 'libx264', media: 'video', hardware: false },
              ...{ compiled: true, usable: true, reason: null, probe_ms: 31 },
            },
          ],
          builds: [
            {
              ...{ purpose: 'audio', usable: true, reason: null, version: '5.1.9', origin: 'layer', missing: [] },
              ...{ video_encoders: [], audio_encoders: ['aac', 'libopus', 'pcm_s16le'] },
              ...{ muxers: ['adts', 'ogg', 's16le'], filters: ['atempo', 'rubberband'], decoders: [] },
            },
            {
              ...{ purpose: 'full', usable: true, reason: null, version: '5.1.9', origin: 'layer', missing: [] },
              ...{ video_encoders: ['libvpx-vp9', 'libx264'], audio_encoders: ['aac', 'libopus'] },
              ...{ muxers: ['mp4', 'webm'], filters: ['subtitles', 'zscale'], decoders: ['libvpx-vp9'] },
            },
          ],
        },
      },
    },
  },
  callbacks: {
    secret: { answers: { 200: { ...CALLBACK_SECRET, previous_valid_until: null } } },
    rotate: { answers: { 200: { ...CALLBACK_SECRET, previous_valid_until: '2026-11-22T12:00:00.000Z' } } },
    test: {
      body: { 'A receiver of your own': { url: 'https://example.org/callbacks' } },
      answers: { 200: { delivered: true, at: CREATED_AT, status: 204, reason: null, ms: 87 } },
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
