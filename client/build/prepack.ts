import { fileURLToPath } from 'node:url';
import { makePackageFolder } from './package-folder.ts';

/** `npm run prepack`: builds the npm package in `dist/client`, which `npm pack` and `npm publish ./dist/client` use. */
await makePackageFolder(fileURLToPath(new URL('../../dist/client', import.meta.url)));
