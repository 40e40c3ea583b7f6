import { fileURLToPath } from 'node:url';
import { makePackageFolder } from './package-folder.ts';

/** `npm run prepack`: makes `dist/client`, the npm package, which `npm pack` and `npm publish ./dist/client` take. */
await makePackageFolder(fileURLToPath(new URL('../../dist/client', import.meta.url)));
