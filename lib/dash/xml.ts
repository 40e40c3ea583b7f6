const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Escapes a text for XML, in an element or an attribute in double quotes. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

/** Returns the text that was escaped. */
export function unescapeXml(text: string): string {
  const names = Object.entries(ENTITIES);
  return text.replace(/&\w+;/g, (entity) => names.find(([, name]) => name === entity)?.[0] ?? entity);
}
