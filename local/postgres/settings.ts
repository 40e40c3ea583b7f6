/** One machine's database for one service: small, on loopback only, quiet about what its clients do wrong. */
export const POSTGRES_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '32MB',
  // Files in the data folder: nothing is left in /dev/shm by one that is killed.
  dynamic_shared_memory_type: 'mmap',
  // No processes for what nobody uses: replicas, and reading ahead on a disk that is local.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  io_method: 'sync',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A statement may hold what must not be logged.
  log_min_error_statement: 'panic',
};
