import { posix } from 'node:path';

export type DeclarationBundleOptions = {
  /** The module whose exports are published: `client/published.ts`. */
  readonly entry: string;
  /** Returns the declarations of a module, as the compiler emits them. */
  readonly read: (module: string) => string;
  /** Declarations that replace others, by name. */
  readonly instead: Readonly<Record<string, string>>;
};

/** The declarations of one module by name, and the modules that its imported names come from. */
type Module = { readonly declared: ReadonlyMap<string, string>; readonly imported: ReadonlyMap<string, string> };

const STATEMENT = /^(?=(?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?(?:export|import|declare|type)\b)/m;
const DOCUMENTATION = /^\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n$/;
const NAMED = /^(?:export )?(?:declare )?(?:type|class|function|const) (\w+)/m;
const FROM = /^(?:import|export) (?:type )?\{([^}]*)\} from '([^']+)';/;
const COMMENT = /\/\*[\s\S]*?\*\//g;

/**
 * Bundles the declarations that the exports of the entry need into one file, which depends only on Node's types. Throws
 * an Error when an export uses a type of another package, or when two declarations have the same name.
 */
export function bundleDeclarations({ entry, read, instead }: DeclarationBundleOptions): string {
  const modules = new Map<string, Module>();
  const found = new Map<string, { readonly module: string; readonly text: string }>();
  const ofNode = new Map<string, Set<string>>();

  function moduleOf(path: string): Module {
    const known = modules.get(path) ?? parse(read(path));
    modules.set(path, known);
    return known;
  }

  function take(name: string, path: string): void {
    const { declared, imported } = moduleOf(path);
    const from = imported.get(name);
    if (from?.startsWith('node:')) {
      ofNode.set(from, (ofNode.get(from) ?? new Set()).add(name));
      return;
    }
    if (from !== undefined) {
      take(name, resolve(from, path));
      return;
    }
    const text = instead[name] ?? declared.get(name);
    if (text === undefined) throw new Error(`${path} does not declare ${name}`);
    const other = found.get(name);
    if (other !== undefined && other.module !== path)
      throw new Error(`${path} and ${other.module} both declare ${name}`);
    if (other !== undefined) return;
    found.set(name, { module: path, text });
    for (const word of wordsOf(text)) {
      if (word !== name && (declared.has(word) || imported.has(word))) take(word, path);
    }
  }

  const published = exportsOf(read(entry));
  for (const { name, from } of published) take(name, resolve(from, entry));
  const imports = [...ofNode].map(([from, names]) => `import { ${[...names].join(', ')} } from '${from}';\n`);
  const texts = [...found.values()].map(({ text }) => text.replace(/^export (?:declare )?(type )?/m, declaring));
  const names = published.map(({ name, isType }) => `  ${isType ? 'type ' : ''}${name},\n`);
  return ['/// <reference types="node" />\n', ...imports, ...texts, `export {\n${names.join('')}};\n`].join('');
}

/** Returns the keyword of a declaration: `type` stays, a value becomes ambient (`declare`). */
function declaring(_: string, type: string | undefined): string {
  return type ?? 'declare ';
}

function parse(text: string): Module {
  const declared = new Map<string, string>();
  const imported = new Map<string, string>();
  let documentation = '';
  for (const piece of text.split(STATEMENT)) {
    if (DOCUMENTATION.test(piece)) {
      documentation = piece;
      continue;
    }
    const [, name] = NAMED.exec(piece) ?? [];
    if (piece.startsWith('import')) for (const each of namesOf(piece)) imported.set(each.name, each.from);
    else if (name !== undefined) declared.set(name, documentation + piece);
    documentation = '';
  }
  return { declared, imported };
}

type Name = { readonly name: string; readonly from: string; readonly isType: boolean };

function exportsOf(text: string): Name[] {
  return text.split(STATEMENT).flatMap((piece) => namesOf(piece));
}

/** Returns the names between the braces of an import or export. */
function namesOf(statement: string): Name[] {
  const [whole, names = '', from = ''] = FROM.exec(statement) ?? [];
  if (whole === undefined) return [];
  const allTypes = /^\w+ type /.test(whole);
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => ({ name: name.replace(/^type /, ''), from, isType: allTypes || name.startsWith('type ') }));
}

function wordsOf(text: string): Set<string> {
  return new Set(text.replaceAll(COMMENT, '').match(/\b[A-Za-z_]\w*\b/g));
}

/** Returns the module that a specifier refers to. */
function resolve(name: string, from: string): string {
  if (name.startsWith('#lib/')) return name.slice(1);
  if (name.startsWith('.')) return posix.join(posix.dirname(from), name);
  throw new Error(`${from} uses types of ${name}, which is not published`);
}
