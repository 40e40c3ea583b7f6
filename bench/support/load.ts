import autocannon from 'autocannon';

/** Returns the GET requests per second that a server handles, over connections that each repeat their request. */
export async function requestsPerSecond(url: string, load: { connections: number; seconds: number }): Promise<number> {
  const { requests, non2xx, errors } = await autocannon({ url, connections: load.connections, duration: load.seconds });
  if (non2xx > 0 || errors > 0) throw new Error(`${url}: ${non2xx} responses with an error status, ${errors} failures`);
  return requests.average;
}
