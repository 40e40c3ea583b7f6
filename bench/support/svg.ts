/** Returns an element. Attributes and text are escaped, children are not. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly string[]
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeText(String(value))}"`);
  return children.length === 0
    ? `<${name}${written.join('')}/>`
    : `<${name}${written.join('')}>${children.join('')}</${name}>`;
}

export function text(x: number, y: number, content: string, classes = ''): string {
  return element('text', { x, y, ...(classes === '' ? {} : { class: classes }) }, escapeText(content));
}

/** Rounds to one decimal, which is finer than a screen shows. */
export function coordinate(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Colours that are readable on white and on black without their own background. */
const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.quiet { fill: #59636e; }
.end { text-anchor: end; }
.middle { text-anchor: middle; }
.bar { fill: #2f81f7; }
.other { fill: #a371f7; }
.missed { fill: #d1242f; }
.grid { stroke: #8c959f; stroke-opacity: 0.35; }
.target { stroke: #1f2328; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .quiet { fill: #9198a1; }
  .missed { fill: #ff7b72; }
  .target { stroke: #e6edf3; }
}
`;

/** Returns a whole picture with its title as text. */
export function picture(
  { width, height, title }: { width: number; height: number; title: string },
  parts: readonly string[],
): string {
  const attributes = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, role: 'img' };
  const head = [element('title', {}, escapeText(title)), element('style', {}, STYLE)];
  return `${element('svg', attributes, '\n', [...head, ...parts].join('\n'), '\n')}\n`;
}

export function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
