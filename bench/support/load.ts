import autocannon from 'autocannon';

/** GETs a second that a server answers over some connections, each asking again when it has its answer. */
export async function requestsPerSecond(url: string, load: { connections: number; seconds: number }): Promise<number> {
  const { requests, non2xx, errors } = await autocannon({ url, connections: load.connections, duration: load.seconds });
  if (non2xx > 0 || errors > 0) throw new Error(`${url}: ${non2xx} answers were no success, ${errors} failed`);
  return requests.average;
}
