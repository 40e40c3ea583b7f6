import { registerHooks } from 'node:module';
import { joinedPackages } from './joined.ts';

/** Loaded before a program (`node --import`): imports of packages get the joined ones. */
const joined = joinedPackages();

if (joined.size > 0) {
  registerHooks({
    resolve(specifier, context, next) {
      const url = context.conditions.includes('import') ? joined.get(specifier) : undefined;
      return url === undefined ? next(specifier, context) : { url, format: 'module', shortCircuit: true };
    },
  });
}
