declare module '@20minutes/s3rver' {
  import type { IncomingMessage } from 'node:http';
  import type { Readable } from 'node:stream';

  type Options = {
    address: string;
    port: number;
    directory: string;
    silent: boolean;
    vhostBuckets: boolean;
    configureBuckets: { name: string }[];
  };
  type Stored = Promise<[size: number, md5: string]>;
  type Part = { readonly number: number };
  type Store = {
    getBucketPath(bucket: string): string;
    getResourcePath(bucket: string, key: string | undefined, resource: string): string;
    putContent(path: string, content: Readable): Stored;
    putPart(bucket: string, uploadId: string, number: string, content: Readable): Promise<unknown>;
    putObjectMultipart(bucket: string, uploadId: string, parts: readonly Part[]): Promise<unknown>;
    existsObject(bucket: string, key: string): Promise<boolean>;
    putObject(object: import('@20minutes/s3rver/lib/models/object.js').default): Promise<unknown>;
  };
  /** Koa's context. */
  export type Context = {
    req: IncomingMessage;
    url: string;
    status: number;
    readonly method: string;
    readonly state: object;
    get(header: string): string;
    set(header: string, value: string): void;
  };
  type Middleware = (context: Context, next: () => Promise<void>) => Promise<void>;
  class S3rver {
    constructor(options: Options);
    readonly store: Store;
    readonly middleware: Middleware[];
    readonly httpServer: import('node:http').Server;
    run(): Promise<{ address: string; port: number }>;
    close(): Promise<void>;
  }

  // biome-ignore lint/style/noDefaultExport: what the package exports.
  export { S3rver as default };
}

declare module '@20minutes/s3rver/lib/models/error.js' {
  class S3Error extends Error {
    constructor(code: string, message: string);
  }

  // biome-ignore lint/style/noDefaultExport: what the package exports.
  export { S3Error as default };
}

declare module '@20minutes/s3rver/lib/models/account.js' {
  type Account = { revokeAccessKey(id: string): void };

  export const DUMMY_ACCOUNT: Account;
}

declare module '@20minutes/s3rver/lib/models/object.js' {
  import type { Readable } from 'node:stream';

  class S3Object {
    constructor(bucket: string, key: string, content: Readable, metadata: Record<string, string>);
  }

  // biome-ignore lint/style/noDefaultExport: what the package exports.
  export { S3Object as default };
}
