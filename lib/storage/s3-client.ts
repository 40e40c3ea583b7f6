/** For undefined options, the AWS SDK uses its environment variables, profiles and roles. */
export type S3Options = {
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly forcePathStyle?: boolean | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
};

export type S3Sdk = Awaited<ReturnType<typeof load>>;

export type S3 = ReturnType<typeof createS3>;

/**
 * Creates the client of the S3 server, for reading, writing and signing. The SDK is loaded on first use, because it
 * uses tens of megabytes of memory. `timeoutMs` is the longest wait for a connection, and for a response.
 */
export function createS3(options: S3Options, timeoutMs: number) {
  let loading: ReturnType<typeof load> | undefined;
  return {
    /** Returns the result of `run`. Throws the errors of `run` and of the SDK. */
    async use<Result>(run: (sdk: S3Sdk) => Promise<Result>): Promise<Result> {
      loading ??= load(options, timeoutMs);
      return await run(await loading);
    },
    close() {
      loading?.then(({ client }) => client.destroy()).catch(() => {});
    },
  };
}

async function load(options: S3Options, timeoutMs: number) {
  const [commands, { getSignedUrl }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/s3-request-presigner'),
  ]);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const client = new commands.S3Client({
    ...given,
    // Clients that PUT to a signed URL compute no checksum, and a GET of a signed URL requests none.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: timeoutMs, requestTimeout: timeoutMs },
  });
  return { client, commands, getSignedUrl };
}
