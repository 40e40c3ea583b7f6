import { testPythonModules } from './modules.ts';

testPythonModules('streams');
