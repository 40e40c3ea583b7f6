import { testPythonModules } from './modules.ts';

testPythonModules('filter-changes');
