import { testPythonModules } from './modules.ts';

testPythonModules('stalled-sources');
