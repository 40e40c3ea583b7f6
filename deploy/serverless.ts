import type { Platform } from './platform.ts';

/** The part of the framework that packaging uses. */
export interface Serverless {
  readonly serviceDir: string;
  readonly service: Service;
}

/** serverless.yml, its variables resolved. */
export interface Service {
  readonly provider: {
    readonly tracing?: { readonly lambda?: unknown };
    vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
  };
  readonly custom: { readonly platform: Platform };
  readonly functions: Readonly<Record<string, FunctionObject>>;
  readonly layers?: Readonly<Record<string, LayerObject>>;
  readonly resources: { readonly Resources: Record<string, object> };
}

export interface FunctionObject {
  /** As the platform will call it. */
  readonly name: string;
  readonly handler: string;
  readonly layers?: readonly LayerReference[];
  environment?: Readonly<Record<string, unknown>>;
  reservedConcurrency?: number;
  /** The role's name among the resources. */
  role?: string;
  package?: { artifact?: string };
}

/** `{Ref: …}` names a layer of the same file. */
type LayerReference = string | { readonly Ref?: string };

export interface LayerObject {
  readonly path: string;
  package?: { artifact?: string };
}
