/** Values that CloudFormation knows when it creates the stack. */
export type Stack = {
  /** Values by logical name (`Ref`), including pseudo parameters such as `AWS::Region`. */
  readonly references: Readonly<Record<string, string>>;
  /** Values in Secrets Manager, by their JSON key. */
  readonly secrets: Readonly<Record<string, string>>;
};

const SECRET = /\{\{resolve:secretsmanager:[^}]*?:SecretString:([^:}]+)[^}]*\}\}/g;

/** Resolves a value of a template like CloudFormation. Throws an Error for unknown functions and names. */
export function resolveValue(value: unknown, stack: Stack): string {
  if (typeof value !== 'object' || value === null) return withSecrets(String(value), stack);
  const [[name, argument] = ['', undefined]] = Object.entries(value);
  if (name === 'Ref') return referenced(String(argument), stack);
  if (name === 'Fn::GetAtt') return referenced([argument].flat().join('.'), stack);
  if (name === 'Fn::Join') {
    const [delimiter, parts] = argument as [string, unknown[]];
    return withSecrets(parts.map((part) => resolveValue(part, stack)).join(delimiter), stack);
  }
  if (name === 'Fn::Sub') {
    const [text, own] = [argument].flat() as [string, Record<string, unknown>?];
    const known = text.replaceAll(/\$\{([\w:.]+)\}/g, (_, key: string) =>
      own?.[key] === undefined ? referenced(key, stack) : resolveValue(own[key], stack),
    );
    return withSecrets(known, stack);
  }
  throw new Error(`the suite does not support ${name}: ${JSON.stringify(value)}`);
}

function referenced(name: string, { references }: Stack): string {
  const value = references[name];
  if (value === undefined) throw new Error(`the suite has no value for ${name}`);
  return value;
}

function withSecrets(text: string, { secrets }: Stack): string {
  return text.replaceAll(SECRET, (_, key: string) => {
    const secret = secrets[key];
    if (secret === undefined) throw new Error(`the suite has no secret ${key}`);
    return secret;
  });
}
