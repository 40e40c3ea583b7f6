const URI_ATTRIBUTE = /([:,]URI=)"([^"\r\n]*)"/g;

/** Lines of a part: a hundred segments of three lines, 200 KB with long URLs. */
const LINES = 300;

/** Yields a playlist in parts of whole lines, for work on a long one between other requests. */
export function* playlistParts(playlist: string): Generator<string> {
  for (let from = 0; from < playlist.length; ) {
    let end = from;
    for (let line = 0; line < LINES && end < playlist.length; line += 1) {
      end = playlist.indexOf('\n', end) + 1 || playlist.length;
    }
    yield playlist.slice(from, end);
    from = end;
  }
}

/** Returns every URI of a playlist, each once: those of its lines, and those of attributes. */
export function playlistUris(playlist: string): string[] {
  const found = new Set<string>();
  withUris(playlist, (uri) => {
    found.add(uri);
    return uri;
  });
  return [...found];
}

/** Returns a playlist with other URIs. */
export function withUris(playlist: string, replacement: (uri: string) => string): string {
  return playlist
    .split('\n')
    .map((line) => {
      if (line === '') return line;
      if (!line.startsWith('#')) return replacement(line);
      return line.replace(URI_ATTRIBUTE, (_, name: string, uri: string) => `${name}"${replacement(uri)}"`);
    })
    .join('\n');
}
