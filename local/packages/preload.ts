import { registerHooks } from 'node:module';
import { joinedPackages } from './joined.ts';

/**
 * Loaded before a program (`node --import`): imports of packages in our own code get the joined ones. A package may need
 * another version.
 */
const joined = joinedPackages();

if (joined.size > 0) {
  registerHooks({
    resolve(specifier, context, next) {
      const isOurs = context.conditions.includes('import') && !context.parentURL?.includes('/node_modules/');
      const url = isOurs ? joined.get(specifier) : undefined;
      return url === undefined ? next(specifier, context) : { url, format: 'module', shortCircuit: true };
    },
  });
}
