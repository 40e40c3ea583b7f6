const URI_ATTRIBUTE = /([:,]URI=)"([^"\r\n]*)"/g;

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
