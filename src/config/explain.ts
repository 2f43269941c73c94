/** Turns what zod found into findings that a person can act on: the intended branch, the range, the near miss. */
import type { z } from 'zod';
import { translate, type Strings } from '../protocol/translate.ts';
import type { Finding } from './finding.ts';
import { nearest } from './nearest.ts';
import { MOST } from './fields.ts';
import { branchesOf, keysOf, nodesAt, recipeNodes, recipeOf, type SchemaNode } from './schemaTree.ts';
import type { Path } from './source.ts';
import { explainUnknownKey } from './unknownKey.ts';
import { describeNode, describeRange, describeValue, quoted } from './words.ts';

type Issue = z.core.$ZodIssue;

interface Scope {
  readonly tree: SchemaNode;
  readonly recipe: SchemaNode;
  /** The whole config as plain data. */
  readonly value: unknown;
  readonly strings: Strings;
}

/** One finding for each thing that is wrong with `value`, in words. */
export function explainIssues(issues: readonly Issue[], value: unknown, tree: SchemaNode, strings: Strings): Finding[] {
  const named = valueAt(value, ['recipe']);
  const recipe = recipeNodes(tree).find((node) => recipeOf(node) === named) ?? recipeNodes(tree)[0] ?? {};
  const scope = { tree, recipe, value, strings };
  return issues.flatMap((issue) => explain(scope, issue, pathOf(issue), null));
}

/** `branch` is the node that is meant where the schema has a union at the parent of `path`. */
function explain(scope: Scope, issue: Issue, path: Path, branch: SchemaNode | null): Finding[] {
  switch (issue.code) {
    case 'unrecognized_keys': {
      const node = branch ?? nodesAt(scope.recipe, path)[0] ?? {};
      return issue.keys.map((key) => explainUnknownKey({ ...scope, node }, [...path, key]));
    }
    case 'invalid_union': {
      if (path.length === 1 && path[0] === 'recipe') return [wrongRecipe(scope)];
      const kinds = nodesAt(scope.recipe, path).flatMap((node) => node.const ?? []);
      if (kinds.length > 0) return [wrongKind(scope, path, kinds)];
      return explainUnion(scope, issue, path);
    }
    case 'too_big':
    case 'too_small':
      return [outOfRange(scope, path, branch)];
    case 'invalid_type':
    case 'invalid_value':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return [wrongValue(scope, path, branch)];
    default:
      issue satisfies never;
      return [];
  }
}

function wrongRecipe(scope: Scope): Finding {
  const { tree, value, strings } = scope;
  const recipes = recipeNodes(tree).map(recipeOf);
  const path = ['recipe'];
  const given = valueAt(value, path);
  const misspelt = given === undefined && isObject(value) ? nearest('recipe', unknownKeys(scope, value)) : null;
  if (misspelt !== null) return explainUnknownKey({ ...scope, node: { properties: { recipe: {} } } }, [misspelt]);
  if (given === undefined)
    return finding(path, translate(strings, '`recipe` is missing'), {
      remedy: translate(strings, 'Add "recipe": {0}.', quoted(recipes).replaceAll(', ', ' | ')),
    });
  return notAmong(given, recipes, path, strings);
}

/** `kinds`: what tells the branches of a union apart. */
function wrongKind({ value, strings }: Scope, path: Path, kinds: readonly string[]): Finding {
  const given = valueAt(value, path);
  if (given !== undefined) return notAmong(given, kinds, path, strings);
  return finding(path, translate(strings, '`{0}` is missing', keyOf(path)), {
    remedy: translate(strings, 'Choose one of {0}.', quoted(kinds)),
  });
}

const unknownKeys = ({ recipe }: Scope, value: object): string[] =>
  Object.keys(value).filter((key) => !keysOf(recipe).includes(key));

/** Explains the branch of a union whose keys look most like what is written. */
function explainUnion(scope: Scope, issue: Issue & { code: 'invalid_union' }, path: Path): Finding[] {
  const { recipe, strings } = scope;
  const given = valueAt(scope.value, path);
  const branches = nodesAt(recipe, path).flatMap(branchesOf);
  const key = String(path.at(-1) ?? '');
  const starts = branches.flatMap(({ required }) => required?.slice(0, 1) ?? []);
  const either = { remedy: translate(strings, 'Give it one of these keys: {0}.', quoted(starts)) };
  if (!isObject(given)) {
    const is = translate(strings, '`{0}` must be an object, not {1}', key, describeValue(given, strings));
    return [finding(path, is, either)];
  }
  const written = Object.keys(given);
  if (written.length === 0) return [finding(path, translate(strings, '`{0}` is empty', key), either)];
  const likeness = branches.map((branch) => likenessOf(written, keysOf(branch)));
  const meant = likeness.indexOf(Math.max(...likeness));
  const inner = issue.errors[meant] ?? [];
  const told = inner.flatMap((each) => explain(scope, each, [...path, ...pathOf(each)], branches[meant] ?? null));
  return withoutEchoes(told);
}

/** A key that is missing only because it is misspelt is told once, as misspelt. */
function withoutEchoes(findings: Finding[]): Finding[] {
  const offered = findings.map(({ replacement }) => replacement);
  return findings.filter(({ at, path }) => at === 'key' || !offered.includes(JSON.stringify(path.at(-1))));
}

const likenessOf = (written: readonly string[], known: readonly string[]): number =>
  written.reduce((sum, key) => sum + (known.includes(key) ? 3 : nearest(key, known) === null ? 0 : 2), 0);

function outOfRange(scope: Scope, path: Path, branch: SchemaNode | null): Finding {
  const { strings, value } = scope;
  const node = nodeOf(scope, path, branch);
  const key = keyOf(path);
  const given = valueAt(value, path);
  if (typeof given === 'string' || Array.isArray(given))
    return finding(path, translate(strings, '`{0}` must be {1}', key, describeNode(node, strings)));
  const range = describeRange(node, strings);
  const most = node.maximum ?? Number.MAX_SAFE_INTEGER;
  if (most >= MOST && typeof given === 'number' && given > most)
    return finding(path, translate(strings, '`{0}` is too large', key), {
      remedy: translate(strings, 'Whole numbers go up to {0}.', most),
    });
  return finding(path, translate(strings, '`{0}` must be {1}', key, range), { remedy: example(node, strings) });
}

function wrongValue(scope: Scope, path: Path, branch: SchemaNode | null): Finding {
  const { strings, value } = scope;
  if (path.length === 0)
    return finding(
      path,
      translate(strings, 'a config is an object in braces, { … }, not {0}', describeValue(value, strings)),
    );
  const node = nodeOf(scope, path, branch);
  const given = valueAt(value, path);
  const key = keyOf(path);
  if (given === undefined)
    return finding(path, translate(strings, '`{0}` is missing', key), { remedy: toAdd(node, key, strings) });
  const choices = node.enum ?? (node.const === undefined ? null : [node.const]);
  if (choices && typeof given === 'string') return notAmong(given, choices.map(String), path, strings);
  const message = translate(
    strings,
    '`{0}` must be {1}, not {2}',
    key,
    describeNode(node, strings),
    describeValue(given, strings),
  );
  return finding(
    path,
    message,
    isQuotedNumber(given, node) ? unquoted(given, strings) : { remedy: example(node, strings) },
  );
}

function notAmong(given: unknown, choices: readonly string[], path: Path, strings: Strings): Finding {
  const key = String(path.at(-1));
  const near = typeof given === 'string' ? nearest(given, choices) : null;
  const remedy = translate(strings, 'Choose one of {0}.', quoted(choices));
  if (near === null)
    return finding(path, translate(strings, '`{0}` cannot be {1}', key, describeValue(given, strings)), { remedy });
  const right = JSON.stringify(near);
  const message = translate(strings, '`{0}` cannot be {1}; did you mean {2}?', key, JSON.stringify(given), right);
  return finding(path, message, { remedy, replacement: right });
}

const isQuotedNumber = (given: unknown, node: SchemaNode): given is string =>
  typeof given === 'string' &&
  (node.type === 'integer' || node.type === 'number') &&
  /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(given);

const unquoted = (given: string, strings: Strings): Partial<Finding> => ({
  remedy: translate(strings, 'Remove the quotes: {0}.', given),
  replacement: given,
});

const example = (node: SchemaNode, strings: Strings): string =>
  node.default === undefined || typeof node.default === 'object'
    ? ''
    : translate(strings, 'The default is {0}.', JSON.stringify(node.default));

const toAdd = (node: SchemaNode, key: string, strings: Strings): string =>
  node.const === undefined
    ? translate(strings, 'Add "{0}": {1}.', key, describeNode(node, strings))
    : translate(strings, 'Add "{0}": {1}.', key, JSON.stringify(node.const));

/** `stop`, or `stop[0]` for an entry of a list. */
const keyOf = (path: Path): string => {
  const last = path.at(-1);
  return typeof last === 'number' ? `${path.at(-2)}[${last}]` : String(last);
};

const nodeOf = ({ recipe }: Scope, path: Path, branch: SchemaNode | null): SchemaNode =>
  (branch ? nodesAt(branch, path.slice(-1))[0] : nodesAt(recipe, path)[0]) ?? {};

const finding = (path: Path, message: string, more: Partial<Finding> = {}): Finding => ({
  path,
  at: 'value',
  severity: 'error',
  message,
  remedy: '',
  ...more,
});

const pathOf = (issue: Issue): Path => issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path of plain data; undefined where there is none. */
export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inner, part) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, part)
        ? (inner as Record<string | number, unknown>)[part]
        : undefined,
    value,
  );
