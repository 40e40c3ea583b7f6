/** The part of the framework that packaging uses. */
export type Serverless = {
  readonly serviceDir: string;
  readonly service: Service;
};

/** serverless.yml, its variables resolved. */
export type Service = {
  readonly provider: {
    readonly tracing?: { readonly lambda?: unknown };
    vpc?: Vpc;
  };
  readonly custom: { readonly platform: Platform };
  readonly functions: Readonly<Record<string, FunctionObject>>;
  readonly layers?: Readonly<Record<string, LayerObject>>;
  readonly resources: { readonly Resources: Record<string, object> };
};

export type Vpc = { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };

export type FunctionObject = {
  /** The function's name on the platform. */
  readonly name: string;
  readonly handler: string;
  readonly layers?: readonly LayerReference[];
  environment?: Environment;
  reservedConcurrency?: number;
  /** The role's name among the resources. */
  role?: string;
  /** `patterns`: files that the function reads, added to its code. */
  package?: { artifact?: string; readonly patterns?: readonly string[] };
};

/** `{Ref: …}` names a layer of the same file. */
type LayerReference = string | { readonly Ref?: string };

export type LayerObject = {
  readonly path: string;
  package?: { artifact?: string };
};

/** `custom.platform` of serverless.yml: settings for the deployed service only. */
export type Platform = {
  readonly subnetIds: string;
  readonly securityGroupIds: string;
  readonly sourceBuckets: string;
  readonly environment: Environment;
  readonly functions: Readonly<Record<string, FunctionPlatform>>;
};

type FunctionPlatform = {
  readonly environment?: Environment;
  readonly reservedConcurrency?: number | string;
  readonly access?: BucketActions;
  /** Names of the functions that it may start, in this file. */
  readonly invokes?: readonly string[];
};

/** The S3 actions a function may use: on the callers' uploads, on the results of jobs, and on objects of the source buckets. */
export type BucketActions = {
  readonly uploads?: readonly string[];
  readonly results?: readonly string[];
  readonly sourceBuckets?: readonly string[];
};

/** Values are strings, or intrinsic functions that CloudFormation resolves. */
export type Environment = Readonly<Record<string, unknown>>;
