import assert from 'node:assert/strict';

export type Resource = {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is anything that CloudFormation accepts.
  readonly Properties: Readonly<Record<string, any>>;
};

/** A CloudFormation template. */
export type Template = {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
};

/** Resources by their names. */
export function ofType({ Resources }: Template, type: string): [name: string, properties: Resource['Properties']][] {
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([name, { Properties }]) => [name, Properties]);
}

export function properties({ Resources }: Template, name: string): Resource['Properties'] {
  return (Resources[name] ?? assert.fail(`there is no ${name}`)).Properties;
}

/** Returns the permissions of a function's role: actions and resources of each statement. */
export function allowed(template: Template, functionName: string): [actions: string[], resources: unknown[]][] {
  const { Role } = properties(template, `${functionName}LambdaFunction`);
  const [{ PolicyDocument }] = properties(template, Role['Fn::GetAtt'][0])['Policies'];
  return PolicyDocument.Statement.map(({ Effect, Action, Resource }: Record<string, unknown>) => {
    assert.equal(Effect, 'Allow');
    return [Action, Resource];
  });
}
