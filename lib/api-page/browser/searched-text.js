/** Returns what a search looks at: group, method, path, summary, and the names of all fields of an operation. */
export function searchedText(tag, operation, spec) {
  const described = operation.get('operation');
  const words = [tag, operation.get('method'), operation.get('path'), described.get('summary')];
  return [...words, ...fieldNames(described.delete('tags').toJS(), spec)].join(' ').toLowerCase();
}

/** The names of parameters, headers and properties. Errors have the same fields everywhere. */
function fieldNames({ parameters = [], requestBody, responses = {} }, spec) {
  const names = new Set(parameters.map(({ name }) => name));
  const { default: _, ...answers } = responses;
  const seen = new Set();
  const collect = (node) => {
    if (typeof node !== 'object' || node === null || seen.has(node)) return;
    seen.add(node);
    if (typeof node.$ref === 'string') collect(resolve(node.$ref, spec));
    for (const [key, child] of Object.entries(node)) {
      if (key === 'example' || key === 'examples') continue;
      if (key === 'properties' || key === 'headers') for (const name of Object.keys(child)) names.add(name);
      collect(child);
    }
  };
  collect([requestBody, answers]);
  return names;
}

function resolve(reference, spec) {
  return reference
    .slice(2)
    .split('/')
    .reduce((node, key) => node?.[key], spec);
}
