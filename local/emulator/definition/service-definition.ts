import type { UrlRouteTable } from './url-routes.ts';

export type InvokeMode = 'BUFFERED' | 'RESPONSE_STREAM';

/** What the emulator reads about one function in serverless.yml. */
export type FunctionDefinition = {
  /** Its key below `functions`. */
  readonly name: string;
  /** The module that `handler` names, as an absolute path. */
  readonly file: string;
  /** The export that `handler` names; dots go deeper. */
  readonly exportName: string;
  readonly timeoutSeconds: number;
  /** MB, as `memorySize` counts. */
  readonly memorySize: number;
  readonly reservedConcurrency: number | undefined;
  /** Whether it has a Function URL. */
  readonly hasUrl: boolean;
  readonly invokeMode: InvokeMode;
  readonly schedules: readonly Schedule[];
};

export type Schedule = {
  readonly everyMs: number;
  /** The event; undefined for the platform's own. */
  readonly input: unknown;
};

export type ServiceDefinition = {
  /** The file it was read from. */
  readonly file: string;
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
  readonly routes: UrlRouteTable;
};
