/** A plugin of Swagger UI: shows the headers of a response when the reader opens them. */
export const responseHeaders = ({ React }) => {
  const { createElement: element, Fragment } = React;

  function Headers({ headers }) {
    const lines = headers.entrySeq().toArray();
    return element(
      'details',
      { className: 'response-headers' },
      element('summary', null, `Response headers (${lines.length})`),
      element('pre', { className: 'microlight' }, lines.map(([name, value]) => `${name}: ${value}`).join('\n')),
    );
  }

  return {
    wrapComponents: {
      // The theme hides the list of the original.
      liveResponse: (Original) => (props) =>
        element(Fragment, null, element(Original, props), element(Headers, { headers: props.response.get('headers') })),
    },
  };
};
