import { accessibleNames } from './accessible-names.js';
import { audioRequest } from './audio-request.js';
import { audioResponse } from './audio-response.js';
import { lastIds } from './last-ids.js';
import { navigation } from './navigation.js';
import { plainControls } from './plain-controls.js';
import { responseHeaders } from './response-headers.js';

const dark = matchMedia('(prefers-color-scheme: dark)');
const followColorScheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);

followColorScheme();
dark.addEventListener('change', followColorScheme);
accessibleNames(document.body);

// Credentials stay in memory: `persistAuthorization` is off unless it is set.
globalThis.SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#api',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  layout: 'NavigationLayout',
  // It writes colours into the elements, which no scheme fits.
  syntaxHighlight: { activated: false },
  requestInterceptor: audioRequest,
  plugins: [navigation, responseHeaders, audioResponse, lastIds, plainControls],
  tryItOutEnabled: true,
  // Nothing checks the document elsewhere, and nothing in the page's URL configures it.
  validatorUrl: null,
  queryConfigEnabled: false,
});
