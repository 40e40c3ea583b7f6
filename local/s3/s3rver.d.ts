declare module '@20minutes/s3rver' {
  type Options = {
    address: string;
    port: number;
    directory: string;
    silent: boolean;
    vhostBuckets: boolean;
    configureBuckets: { name: string }[];
  };
  type Store = {
    getResourcePath(bucket: string, key: string | undefined, resource: string): string;
    putObjectMultipart(
      bucket: string,
      uploadId: string,
      parts: readonly { number: number }[],
      ...rest: unknown[]
    ): unknown;
    existsObject(bucket: string, key: string): Promise<boolean>;
    putObject(object: import('@20minutes/s3rver/lib/models/object.js').default): Promise<unknown>;
  };
  class S3rver {
    constructor(options: Options);
    readonly store: Store;
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

declare module '@20minutes/s3rver/lib/models/object.js' {
  import type { Readable } from 'node:stream';

  class S3Object {
    constructor(bucket: string, key: string, content: Readable, metadata: Record<string, string>);
  }

  // biome-ignore lint/style/noDefaultExport: what the package exports.
  export { S3Object as default };
}
