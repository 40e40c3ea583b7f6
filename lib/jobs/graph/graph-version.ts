/**
 * Version of the filter graphs and encoder options. Raise it with each change that changes what a job makes of the same
 * request: earlier results are then no longer used. A test compares the graphs of some requests with those of the version.
 */
export const GRAPH_VERSION = 1;
