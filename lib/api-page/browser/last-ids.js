/** Where an id comes from, and the paths that take it. */
const SOURCES = [
  { made: '/transcode', used: '/transcodes/{id}', idOf: ({ headers }) => headers?.['x-transcode-id'] },
  { made: '/api/keys', used: '/api/keys/{id}', idOf: ({ body }) => body?.id },
];

/** A plugin of Swagger UI: fills the id of what was made last into the operations that take one. */
export const lastIds = ({ React }) => {
  const { createElement: element, Fragment } = React;

  function fill({ specSelectors, specActions }, path, response) {
    for (const { made, used, idOf } of SOURCES) {
      const id = path === made ? idOf(response) : undefined;
      if (id === undefined) continue;
      for (const [each, operations] of specSelectors.paths().entrySeq()) {
        if (!each.startsWith(used)) continue;
        for (const method of operations.keySeq()) specActions.changeParam([each, method], 'id', 'path', id);
      }
    }
  }

  return {
    statePlugins: {
      spec: {
        wrapActions: {
          setResponse:
            (original, system) =>
            (path, method, response, ...others) => {
              const result = original(path, method, response, ...others);
              fill(system, path, response);
              return result;
            },
        },
      },
    },
    wrapComponents: {
      parameters: (Original) => (props) => {
        const source = SOURCES.find(({ used }) => props.pathMethod[0].startsWith(used));
        if (source === undefined) return element(Original, props);
        const hint = `The id is an example. Send POST ${source.made} on this page first: its id is then filled in.`;
        return element(Fragment, null, element(Original, props), element('p', { className: 'id-hint' }, hint));
      },
    },
  };
};
