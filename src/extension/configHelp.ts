/** Help in a config: what it amounts to above its first line, and quick fixes for what can be put right at once. */
import {
  CodeAction,
  CodeActionKind,
  CodeLens,
  languages,
  Range,
  WorkspaceEdit,
  type Disposable,
  type TextDocument,
  type Uri,
} from 'vscode';
import type { ConfigProblem } from '../config/configProblem.ts';
import { learnsExamples } from '../config/plan.ts';
import { CONFIG_PATTERN, rangeOf, type ConfigFindings } from './configFindings.ts';
import { configSummary } from './configWords.ts';
import type { Say } from './say.ts';

const CONFIGS = { pattern: CONFIG_PATTERN };
const TOP = new Range(0, 0, 0, 0);

export function showConfigHelp(findings: ConfigFindings, say: Say): Disposable[] {
  return [
    languages.registerCodeLensProvider(CONFIGS, { provideCodeLenses: (document) => lenses(document, findings, say) }),
    languages.registerCodeActionsProvider(
      CONFIGS,
      { provideCodeActions: (document, range) => fixes(document, range, findings, say) },
      { providedCodeActionKinds: [CodeActionKind.QuickFix] },
    ),
  ];
}

async function lenses(document: TextDocument, findings: ConfigFindings, say: Say): Promise<CodeLens[]> {
  const parsed = await findings.parse(document.uri, document.getText());
  const arguments_ = [document.uri];
  const run = { command: 'valley.runThisConfig', title: `$(play) ${say('Run')}`, arguments: arguments_ };
  const check = { command: 'valley.validateConfig', title: configSummary(parsed, say), arguments: arguments_ };
  const looks = parsed.ok && learnsExamples(parsed.config) ? trainingLenses(arguments_, say) : [];
  return [new CodeLens(TOP, run), new CodeLens(TOP, check), ...looks];
}

/** What a training can be asked before it starts. */
const trainingLenses = (arguments_: readonly Uri[], say: Say): CodeLens[] =>
  [
    { command: 'valley.preflight', title: `$(checklist) ${say('Pre-flight')}` },
    { command: 'valley.previewExample', title: `$(eye) ${say('Preview Example')}` },
  ].map((command) => new CodeLens(TOP, { ...command, arguments: [...arguments_] }));

async function fixes(document: TextDocument, range: Range, findings: ConfigFindings, say: Say): Promise<CodeAction[]> {
  const { problems } = await findings.parse(document.uri, document.getText());
  return problems.flatMap((problem) => {
    if (problem.replacement === undefined || rangeOf(problem).intersection(range) === undefined) return [];
    return [fix(document, problem, problem.replacement, say)];
  });
}

function fix(document: TextDocument, problem: ConfigProblem, replacement: string, say: Say): CodeAction {
  const title = replacement === '' ? say('Remove {0}', problem.value) : say('Change to {0}', replacement);
  const action = new CodeAction(title, CodeActionKind.QuickFix);
  action.edit = new WorkspaceEdit();
  action.edit.replace(document.uri, rangeOf(problem), replacement);
  action.isPreferred = true;
  return action;
}
