/** What is undefined is left to the AWS SDK: its environment variables, profiles and roles. */
export type S3Options = {
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly forcePathStyle?: boolean | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
};

export type S3Sdk = Awaited<ReturnType<typeof load>>;

export type S3 = ReturnType<typeof createS3>;

/**
 * The S3 server, for all that reads, writes or signs. The client is made on first use: the SDK takes tens of megabytes of
 * memory. `timeoutMs` is the longest wait for a connection, and for an answer.
 */
export function createS3(options: S3Options, timeoutMs: number) {
  let loading: ReturnType<typeof load> | undefined;
  return {
    /** Returns what `run` returns. Throws what `run` and the SDK throw. */
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
    // The clients that PUT to a signed URL compute no checksum, and the GET of a signed URL asks for none.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: timeoutMs, requestTimeout: timeoutMs },
  });
  return { client, commands, getSignedUrl };
}
