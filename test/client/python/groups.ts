/** The modules of client/python/tests by the test file that runs them. The files take about the same time. */
export const GROUPS = {
  'cut-streams': ['cut_streams', 'service_killed'],
  'filter-changes': ['changes'],
  'misbehaving-services': [
    'failing_service',
    'failures',
    'log',
    'requests',
    'silent_service',
    'units',
    'wrong_answers',
  ],
  playlists: ['asyncio', 'playlists'],
  'stalled-sources': ['sources', 'stalled_sources'],
  streams: ['filters', 'service_down', 'streams'],
} as const;

export type Group = keyof typeof GROUPS;
