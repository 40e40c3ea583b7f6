import { searchedText } from './searched-text.js';

/** A plugin of Swagger UI: a list of all operations with a search field, next to the reference. */
export const navigation = ({ React, getSystem }) => {
  const { createElement: element, useState } = React;

  function NavigationLayout({ getComponent }) {
    const Reference = getComponent('BaseLayout', true);
    const Navigation = getComponent('Navigation', true);
    return element(
      'div',
      { className: 'reference' },
      element(Navigation),
      element('div', { className: 'reference-main' }, element(Reference)),
    );
  }

  function Navigation({ specSelectors, layoutSelectors, layoutActions }) {
    const [isOpen, setOpen] = useState(false);
    const filter = layoutSelectors.currentFilter();
    const search = typeof filter === 'string' ? filter : '';
    const groups = specSelectors.taggedOperations().entrySeq().toArray();
    const title = specSelectors.info().get('title') ?? 'API';
    const open = (tag, id) => {
      layoutActions.show(['operations-tag', tag], true);
      if (id !== undefined) layoutActions.show(['operations', tag, id], true);
      setOpen(false);
      layoutActions.updateFilter('');
      showTarget(id === undefined ? ['operations-tag', tag] : ['operations', tag, id]);
    };
    const openFirst = () => {
      const [match] = groups;
      if (search === '' || match === undefined) return;
      const [tag, group] = match;
      const id = group.get('operations').first().getIn(['operation', 'operationId']);
      history.replaceState(null, '', hrefOf([tag, id]));
      open(tag, id);
    };
    return element(
      'header',
      { className: `navigation${isOpen ? ' is-open' : ''}` },
      element('p', { className: 'navigation-title' }, title),
      element(
        'button',
        { type: 'button', className: 'navigation-toggle', 'aria-expanded': isOpen, onClick: () => setOpen(!isOpen) },
        isOpen ? 'Close' : 'Menu',
      ),
      element(
        'div',
        { className: 'navigation-panel' },
        element('input', {
          type: 'search',
          className: 'navigation-search',
          placeholder: 'Search operations and fields',
          'aria-label': 'Search operations',
          value: search,
          onChange: ({ target }) => layoutActions.updateFilter(target.value),
          onKeyDown: ({ key }) => key === 'Enter' && openFirst(),
        }),
        element(
          'nav',
          { 'aria-label': 'Operations' },
          groups.length === 0 && search !== '' ? element('p', { role: 'status' }, 'No operation matches.') : null,
          groups.map(([tag, group]) =>
            element(Group, { key: tag, tag, operations: group.get('operations'), open, isSearch: search !== '' }),
          ),
        ),
      ),
    );
  }

  function Group({ tag, operations, open, isSearch }) {
    return element(
      'section',
      null,
      element(Entry, { href: hrefOf([tag]), className: 'navigation-group', onOpen: () => open(tag) }, tag),
      element(
        'ul',
        null,
        operations.toArray().map((operation) => {
          const method = operation.get('method');
          const id = operation.getIn(['operation', 'operationId']);
          const summary = operation.getIn(['operation', 'summary']);
          return element(
            'li',
            { key: id },
            element(
              Entry,
              {
                href: hrefOf([tag, id]),
                onOpen: () => open(tag, id),
                title: summary,
              },
              element('span', { className: `navigation-method is-${method}` }, method.toUpperCase()),
              ' ',
              element('code', null, operation.get('path')),
              isSearch ? element('span', { className: 'navigation-summary' }, summary) : null,
            ),
          );
        }),
      ),
    );
  }

  function Entry({ href, onOpen, children, ...others }) {
    const onClick = (event) => {
      event.preventDefault();
      history.replaceState(null, '', href);
      onOpen();
    };
    return element('a', { href, onClick, ...others }, children);
  }

  // Inside of a button, which may not have a link in it; the navigation has the links.
  const DeepLink = ({ text }) => element('span', null, text);

  return {
    components: { NavigationLayout, Navigation, DeepLink, FilterContainer: () => null },
    fn: { opsFilter: (groups, search) => matching(groups, search, getSystem().specSelectors.specJson().toJS()) },
  };
};

/** Keeps the operations whose searched text has every word of the search. */
function matching(groups, search, spec) {
  const words = search.toLowerCase().split(/\s+/);
  const matches = (tag, operation) => {
    const text = searchedText(tag, operation, spec);
    return words.every((word) => text.includes(word));
  };
  return groups
    .map((group, tag) => group.update('operations', (all) => all.filter((operation) => matches(tag, operation))))
    .filter((group) => group.get('operations').size > 0);
}

/** As Swagger UI writes and reads its deep links. */
function hrefOf(parts) {
  return `#/${parts.map((part) => encodeURIComponent(part.replaceAll(' ', '_'))).join('/')}`;
}

function showTarget(parts) {
  const id = parts.map((part) => part.replaceAll(' ', '_')).join('-');
  // The group is opened in the next frame.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const target = document.getElementById(id);
      target?.scrollIntoView();
      target?.querySelector('button')?.focus({ preventScroll: true });
    }),
  );
}
