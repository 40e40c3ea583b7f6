/** Selector → the accessible name of what Swagger UI leaves without one, or names otherwise than its text does. */
const NAMES = [
  ['.close-modal', () => 'Close'],
  ['.btn.modal-btn', (button) => button.textContent],
  ['.examples-select-element', () => 'Example'],
  ['textarea.body-param__text', () => 'Request body'],
  ['.body-param-content-type select', () => 'Media type of the request body'],
  ['.response-controls select, .responses-inner select.content-type', () => 'Media type of the response'],
  ['select.content-type', () => 'Media type'],
  [
    'tr[data-param-name] :is(input, select, textarea)',
    (field) => field.closest('tr').getAttribute('data-param-name') ?? 'Parameter',
  ],
];

/** Code that scrolls; only what takes the focus scrolls by keyboard. */
const SCROLLING =
  '.microlight, .highlight-code pre, .curl, .model-box, .table-container, .response-col_description pre';

/** Names fields and makes scrolling code focusable, now and whenever Swagger UI renders. */
export function accessibleNames(root) {
  complete(root);
  new MutationObserver(() => complete(root)).observe(root, { childList: true, subtree: true });
}

function complete(root) {
  for (const [selector, nameOf] of NAMES) {
    for (const field of root.querySelectorAll(selector)) {
      const name = nameOf(field);
      if (field.getAttribute('aria-label') !== name) field.setAttribute('aria-label', name);
    }
  }
  for (const region of root.querySelectorAll(SCROLLING)) {
    if (!region.hasAttribute('tabindex')) region.setAttribute('tabindex', '0');
  }
}
