import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';

type Stage = Readonly<Record<string, string | number>>;
type Service = {
  readonly params: { readonly default: Stage; readonly prod: Stage };
  readonly custom: {
    readonly functionUrls: Readonly<Record<string, string>>;
    readonly platform: { readonly functions: Readonly<Record<string, { readonly reservedConcurrency?: string }>> };
  };
};

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const GUIDE = read('docs/guides/aws.md');
const { params, custom }: Service = parse(read('serverless.yml'), { logLevel: 'error' });
/** The parameter of each function with reserved concurrency. */
const RESERVED = Object.values(custom.platform.functions).flatMap(({ reservedConcurrency: reserved }) =>
  reserved === undefined ? [] : [/^\$\{param:([a-z-]+)\}$/.exec(reserved)?.[1] ?? assert.fail(reserved)],
);
/** Executions that AWS keeps for functions without a reservation. */
const UNRESERVED = 100;
const CONNECTIONS_PER_ENVIRONMENT = 3;
const CONNECTIONS_PER_GIB = 110;

function reservedIn(stage: 'default' | 'prod'): number {
  return RESERVED.map((name) => Number(params[stage][name] ?? params.default[name])).reduce((sum, each) => sum + each);
}

/** Returns the cells of the rows that begin with a text. */
function rows(beginning: string): string[][] {
  const lines = GUIDE.split('\n').filter((line) => line.startsWith(`| ${beginning} |`));
  return lines.map((line) => line.split('|').map((cell) => cell.trim()));
}

describe('the guide to AWS', () => {
  for (const name of new Set([...RESERVED, ...Object.keys(params.default).filter((each) => each.startsWith('job-'))])) {
    it(`has the parameter ${name} in the table, with the values of both kinds of stage`, () => {
      const [[, , usual, prod] = []] = rows(`\`${name}\``);
      const expected = [params.default[name], params.prod[name] ?? params.default[name]];
      assert.deepEqual([usual, prod].map(Number), expected);
    });
  }

  it('reserves nothing with a command that names each reservation', () => {
    const [command = ''] = /^ {4}--param transcodes=none.*$/m.exec(GUIDE) ?? [];
    const named = [...command.matchAll(/--param ([a-z-]+)=none/g)].map(([, name]) => name);
    assert.deepEqual(named.toSorted(), [...new Set(RESERVED)].toSorted());
  });

  for (const [stage, name] of [
    ['prod', '`prod`'],
    ['default', 'any other'],
  ] as const) {
    it(`has the sum of the reservations, and what the account needs, for the stage ${name}`, () => {
      const [[, , sum = '', needed] = []] = rows(name);
      const [terms = '', total] = sum.split(' = ');
      const added = terms.split(' + ').map((term) => term.split(' × ').map(Number));
      assert.equal(
        added.map((factors) => factors.reduce((a, b) => a * b)).reduce((a, b) => a + b),
        reservedIn(stage),
      );
      assert.equal(Number(total), reservedIn(stage));
      assert.equal(Number(needed), reservedIn(stage) + UNRESERVED);
    });
  }

  it('has the connections of all environments, and a database that allows as many', () => {
    const tables = [
      ['`prod`, reserved functions', reservedIn('prod')],
      ['`prod`, with 20 environments of other functions', reservedIn('prod') + 20],
      ['`dev`, reserved functions', reservedIn('default')],
    ] as const;
    for (const [name, environments] of tables) {
      const [[, , documented, connections, memory = ''] = []] = rows(name);
      assert.deepEqual([documented, connections].map(Number), [
        environments,
        environments * CONNECTIONS_PER_ENVIRONMENT,
      ]);
      if (memory === '') continue;
      assert.equal(memory, `${Math.ceil((environments * CONNECTIONS_PER_ENVIRONMENT) / CONNECTIONS_PER_GIB)} GiB`);
    }
  });

  it('has a behaviour of CloudFront for each path, of which the first that matches leads to its function', () => {
    const table = GUIDE.slice(GUIDE.indexOf('## One domain'), GUIDE.indexOf('| setting, for all behaviours'));
    const pairs = (column: 0 | 1) =>
      table.split('\n').flatMap((line) => {
        const cells = line.split('|').map((cell) => cell.trim());
        const [path, target] = column === 0 ? [cells[1], cells[2]] : [cells[4], cells[5]];
        const [, pattern] = /`([^`]+)`/.exec(path ?? '') ?? [];
        return pattern === undefined || target === undefined ? [] : [{ pattern, target }];
      });
    const behaviours = [...pairs(0), ...pairs(1)];
    for (const [path, name] of Object.entries(custom.functionUrls)) {
      const found = behaviours.find(({ pattern }) => matches(pattern, path));
      const words = name.split('-').join('Dash');
      assert.equal(found?.target, `${words[0]?.toUpperCase()}${words.slice(1)}`, path);
    }
  });
});

/** As CloudFront compares them: `*` stands for any characters. */
function matches(pattern: string, path: string): boolean {
  return new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(path);
}
