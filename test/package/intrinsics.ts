/** What CloudFormation would know when it creates the stack. */
export type Stack = {
  /** By logical name (`Ref`), pseudo parameters such as `AWS::Region` included. */
  readonly references: Readonly<Record<string, string>>;
  /** Values in Secrets Manager, by their JSON key. */
  readonly secrets: Readonly<Record<string, string>>;
};

const SECRET = /\{\{resolve:secretsmanager:[^}]*?:SecretString:([^:}]+)[^}]*\}\}/g;

/** A value of a template as CloudFormation puts it into a resource. Throws an Error for what it does not know. */
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
  throw new Error(`the suite knows no ${name}: ${JSON.stringify(value)}`);
}

function referenced(name: string, { references }: Stack): string {
  const value = references[name];
  if (value === undefined) throw new Error(`the suite does not know what ${name} is`);
  return value;
}

function withSecrets(text: string, { secrets }: Stack): string {
  return text.replaceAll(SECRET, (_, key: string) => {
    const secret = secrets[key];
    if (secret === undefined) throw new Error(`the suite has no secret ${key}`);
    return secret;
  });
}
