import { accessibleNames } from './accessible-names.js';
import { audioResponse } from './audio-response.js';
import { navigation } from './navigation.js';

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
  // One operation has several audio formats, and the request body chooses one.
  requestInterceptor: (request) => {
    if (request.headers?.accept?.startsWith('audio/')) request.headers.accept = 'audio/*';
    return request;
  },
  plugins: [navigation, audioResponse],
  tryItOutEnabled: true,
  // Nothing checks the document elsewhere, and nothing in the page's URL configures it.
  validatorUrl: null,
  queryConfigEnabled: false,
});
