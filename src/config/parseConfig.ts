/** The border where a config enters: text in, a whole config or located problems out. */
import type { Strings } from '../protocol/translate.ts';
import { checkConfig, checkPaths, type Machine } from './checks.ts';
import type { ConfigProblem } from './configProblem.ts';
import { explainIssues } from './explain.ts';
import type { Finding } from './finding.ts';
import { runConfig, type RunConfig } from './schema.ts';
import { schemaTree } from './schemaTree.ts';
import { nodeAt, propertyOf, rangeOf, readSource, valueOf } from './source.ts';
import type { Path, Range, Source } from './source.ts';
import { duplicateKeys, problemAt, syntaxProblems } from './syntax.ts';

export type ParsedConfig =
  /** Every default is filled in; the problems are warnings. */
  | { readonly ok: true; readonly config: RunConfig; readonly problems: readonly ConfigProblem[] }
  /** At least one problem is an error. */
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** What a config is checked against beside itself; what is left out is not looked at. */
export interface Surroundings {
  /** Whether a path, as the config writes it, leads anywhere. */
  readonly isThere?: (path: string) => boolean;
  /** The machine that is to run it. */
  readonly machine?: Machine;
}

const ENDLESS: Machine = { memoryBytes: Infinity, gpu: null };

/** Reads, validates and checks a config. `fileName` only labels the problems. Never throws, whatever the text. */
export function parseConfig(
  text: string,
  fileName: string,
  strings: Strings = {},
  { isThere = () => true, machine = ENDLESS }: Surroundings = {},
): ParsedConfig {
  const source = readSource(text, fileName);
  const broken = [...syntaxProblems(source, strings), ...duplicateKeys(source, strings)];
  if (!source.root || source.syntaxErrors.length > 0) return { ok: false, problems: inOrder(broken) };
  const value = valueOf(source.root);
  const parsed = runConfig.safeParse(value);
  const findings = parsed.success
    ? [...checkConfig(parsed.data, value, strings, machine), ...checkPaths(parsed.data, isThere, strings)]
    : explainIssues(parsed.error.issues, value, schemaTree(), strings);
  const problems = inOrder([...broken, ...findings.map((finding) => locate(source, finding))]);
  const isWrong = problems.some(({ severity }) => severity === 'error');
  return parsed.success && !isWrong ? { ok: true, config: parsed.data, problems } : { ok: false, problems };
}

/** Name of a run: what the config says, else the file name without `.valley.jsonc`. */
export function configName(config: Pick<RunConfig, 'name'>, fileName: string): string {
  const base = fileName.split(/[\\/]/).at(-1) ?? '';
  return config.name ?? (base.replace(/(\.valley)?\.jsonc?$/i, '') || 'run');
}

/** What was found out about a config elsewhere, in the order given, each where it stands in the text. */
export function locateFindings(text: string, fileName: string, findings: readonly Finding[]): ConfigProblem[] {
  const source = readSource(text, fileName);
  return findings.map((finding) => locate(source, finding));
}

/** Puts a finding where its key or value is written; what is missing is marked on the object it is missing from. */
function locate(source: Source, finding: Finding): ConfigProblem {
  const parent = nodeAt(source.root, finding.path.slice(0, -1));
  const name = finding.path.at(-1);
  const property = parent && name !== undefined ? propertyOf(parent, String(name)) : undefined;
  const node = finding.at === 'key' ? property?.key : nodeAt(source.root, finding.path);
  return problemAt(source, node ? rangeOf(node) : ownerRange(source, finding.path), finding, property?.value ?? node);
}

/** The key of the innermost written object on the way to `path`; the opening brace of the config for the top level. */
function ownerRange(source: Source, path: Path): Range {
  for (let length = path.length - 1; length > 0; length--) {
    const parent = nodeAt(source.root, path.slice(0, length - 1));
    const property = parent ? propertyOf(parent, String(path[length - 1])) : undefined;
    if (property) return rangeOf(property.key);
  }
  const start = source.root?.offset ?? 0;
  return { start, end: start + 1 };
}

const inOrder = (problems: readonly ConfigProblem[]): ConfigProblem[] =>
  [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
