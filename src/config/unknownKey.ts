/** Hints for a key that the schema does not know where it stands: the right spelling, the right section, or what is known. */
import { translate, type Strings } from '../protocol/translate.ts';
import { aliasOf } from './aliases.ts';
import type { Finding } from './finding.ts';
import { canonical, nearest } from './nearest.ts';
import { allKeys, branchesOf, keysOf, nodesAt, recipeNodes, recipeOf, type SchemaNode } from './schemaTree.ts';
import type { Path } from './source.ts';

/** What is needed to look keys up. */
export interface KeyScope {
  readonly tree: SchemaNode;
  /** The node of the recipe that the config names. */
  readonly recipe: SchemaNode;
  /** The node whose key is unknown: one branch where the schema has a union. */
  readonly node: SchemaNode;
  readonly strings: Strings;
}

/** The finding for the unknown key at `path`. */
export function explainUnknownKey(scope: KeyScope, path: Path): Finding {
  const key = String(path.at(-1));
  const hint = spelling(scope, path, key) ?? otherPlace(scope, path, key) ?? nearMiss(scope, key) ?? known(scope, key);
  return { path, at: 'key', severity: 'error', remedy: '', ...hint };
}

type Hint = Pick<Finding, 'message'> & Partial<Pick<Finding, 'remedy' | 'replacement'>>;

const didYouMean = ({ strings }: KeyScope, key: string, right: string): Hint => ({
  message: translate(strings, 'unknown key `{0}`; did you mean `{1}`?', key, right),
  replacement: JSON.stringify(right),
});

/** The same word in another spelling, or another library's word for a key of this section. */
function spelling(scope: KeyScope, path: Path, key: string): Hint | null {
  const here = keysOf(scope.node);
  const alias = aliasOf(key);
  const right =
    here.find((candidate) => canonical(candidate) === canonical(key)) ??
    (alias?.section === path.slice(0, -1).join('.') && here.includes(alias.key) ? alias.key : undefined);
  return right === undefined ? null : didYouMean(scope, key, right);
}

/** A key that is known elsewhere: in the other branch of a union, in another section, in another recipe. */
function otherPlace(scope: KeyScope, path: Path, key: string): Hint | null {
  return otherBranch(scope, path, key) ?? otherSection(scope, path, key) ?? otherRecipe(scope, key);
}

function otherBranch({ recipe, node, strings }: KeyScope, path: Path, key: string): Hint | null {
  const branches = nodesAt(recipe, path.slice(0, -1)).flatMap(branchesOf);
  const isElsewhere = branches.some((branch) => keysOf(branch).includes(key)) && !keysOf(node).includes(key);
  if (!isElsewhere) return null;
  const [own = ''] = keysOf(node);
  return {
    message: translate(strings, '`{0}` does not go together with `{1}`', key, own),
    remedy:
      path[0] === 'data'
        ? translate(
            strings,
            'Data are either problems of the task (`problems`) or rows of a file (`path`): keep one of them.',
          )
        : translate(
            strings,
            'A model is either new (`family`), from a checkpoint (`checkpoint`) or from a folder (`path`): keep one of them.',
          ),
  };
}

function otherSection({ recipe, strings }: KeyScope, path: Path, key: string): Hint | null {
  const here = path.slice(0, -1).join('.');
  const alias = aliasOf(key);
  const spelled = canonical(key);
  const places = allKeys(recipe).filter(
    (place) =>
      place.section !== here &&
      (alias ? place.section === alias.section && place.key === alias.key : canonical(place.key) === spelled),
  );
  const [first] = places;
  if (!first) return null;
  const sections = places.map(({ section }) => (section === '' ? null : `\`${section}\``));
  return {
    message: sections.includes(null)
      ? translate(strings, 'unknown key `{0}`; `{1}` belongs at the top level', key, first.key)
      : translate(
          strings,
          'unknown key `{0}`; `{1}` belongs under {2}',
          key,
          first.key,
          [...new Set(sections)].join(', '),
        ),
  };
}

function otherRecipe({ tree, recipe, strings }: KeyScope, key: string): Hint | null {
  const other = recipeNodes(tree).find((node) => keysOf(node).includes(key));
  if (!other || keysOf(recipe).includes(key)) return null;
  const names = [recipeOf(recipe), recipeOf(other)] as const;
  return { message: translate(strings, '`{0}` is not part of recipe `{1}`, only of `{2}`', key, ...names) };
}

function nearMiss(scope: KeyScope, key: string): Hint | null {
  const here = nearest(key, keysOf(scope.node));
  if (here !== null) return didYouMean(scope, key, here);
  const places = allKeys(scope.recipe).filter(({ section }) => section !== '');
  const right = nearest(
    key,
    places.map((place) => place.key),
  );
  const place = places.find((candidate) => candidate.key === right);
  return place
    ? {
        message: translate(
          scope.strings,
          'unknown key `{0}`; did you mean `{1}` under `{2}`?',
          key,
          place.key,
          place.section,
        ),
      }
    : null;
}

const known = ({ node, strings }: KeyScope, key: string): Hint => ({
  message: translate(strings, 'unknown key `{0}`', key),
  remedy: translate(
    strings,
    'Known here: {0}.',
    keysOf(node)
      .filter((name) => name !== '$schema')
      .join(', '),
  ),
});
