/** URLs that are kept. */
const MOST = 1_000;

type Kept = { readonly url: Promise<string>; readonly until: number };

/** Returns a function that signs a URL again only after `forMs`: signing takes a millisecond of the event loop. */
export function reuseUrls(sign: (key: string) => Promise<string>, forMs: number): (key: string) => Promise<string> {
  const kept = new Map<string, Kept>();
  return async (key) => {
    const found = kept.get(key);
    if (found !== undefined && performance.now() < found.until) return await found.url;
    const url = sign(key);
    kept.delete(key);
    kept.set(key, { url, until: performance.now() + forMs });
    url.catch(() => kept.delete(key));
    const [oldest] = kept.keys();
    if (kept.size > MOST && oldest !== undefined) kept.delete(oldest);
    return await url;
  };
}
