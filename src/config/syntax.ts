/** What is wrong with the text before it means anything: JSON syntax and keys that are written twice. */
import { printParseErrorCode, type Node } from 'jsonc-parser';
import { displayLine } from '../protocol/displayText.ts';
import { translate, type Strings } from '../protocol/translate.ts';
import type { ConfigProblem } from './configProblem.ts';
import type { Finding } from './finding.ts';
import { positionAt, propertiesOf, rangeOf, type Path, type Range, type Source } from './source.ts';

/** One at most for each line: the others there mostly follow from the first. */
export function syntaxProblems(source: Source, strings: Strings): ConfigProblem[] {
  const whole = { start: 0, end: 0 };
  const place = (range: Range, message: string, remedy: string): ConfigProblem =>
    problemAt(source, range, { path: [], at: 'value', severity: 'error', message, remedy });
  if (!source.isShallow)
    return [place(whole, translate(strings, 'lists and objects are nested too deep for a config'), '')];
  if (!source.root)
    return [
      place(
        whole,
        translate(strings, 'the file holds no config'),
        translate(strings, 'Start with { "recipe": "sft" } or run “Valley: New Config…”.'),
      ),
    ];
  const found = source.syntaxErrors.map(({ error, offset, length }): ConfigProblem => ({
    ...place({ start: offset, end: offset + length }, ...syntaxWords(printParseErrorCode(error), strings)),
    isSyntax: true,
  }));
  return found.filter(({ line }, index) => line !== found[index - 1]?.line);
}

function syntaxWords(code: string, strings: Strings): [message: string, remedy: string] {
  switch (code) {
    case 'CommaExpected':
      return [translate(strings, 'a comma is missing'), translate(strings, 'Put a comma after the value before it.')];
    case 'ColonExpected':
      return [translate(strings, 'a colon is missing'), translate(strings, 'Write "key": value.')];
    case 'CloseBraceExpected':
      return [translate(strings, 'a closing brace } is missing'), ''];
    case 'CloseBracketExpected':
      return [translate(strings, 'a closing bracket ] is missing'), ''];
    case 'PropertyNameExpected':
      return [translate(strings, 'a key in double quotes is expected'), ''];
    case 'ValueExpected':
      return [translate(strings, 'a value is missing'), ''];
    case 'EndOfFileExpected':
      return [translate(strings, 'there is text after the end of the config'), translate(strings, 'Remove it.')];
    case 'UnexpectedEndOfString':
      return [translate(strings, 'a text is not closed'), translate(strings, 'Close it with a double quote.')];
    case 'UnexpectedEndOfComment':
      return [translate(strings, 'a comment is not closed'), translate(strings, 'Close it with */.')];
    case 'InvalidNumberFormat':
    case 'UnexpectedEndOfNumber':
      return [translate(strings, 'this is not a number'), ''];
    default:
      return [translate(strings, 'this is not JSON'), translate(strings, 'Texts stand in double quotes.')];
  }
}

export function duplicateKeys(source: Source, strings: Strings): ConfigProblem[] {
  const visit = (node: Node, path: Path): ConfigProblem[] => {
    if (node.type === 'array') return (node.children ?? []).flatMap((child, index) => visit(child, [...path, index]));
    if (node.type !== 'object') return [];
    const seen = new Map<unknown, Node>();
    return propertiesOf(node).flatMap(({ key, value }) => {
      const here = [...path, String(key.value)];
      const first = seen.get(key.value);
      seen.set(key.value, first ?? key);
      const inner = value ? visit(value, here) : [];
      return first ? [duplicate(source, here, key, first, strings), ...inner] : inner;
    });
  };
  return source.root ? visit(source.root, []) : [];
}

function duplicate(source: Source, path: Path, key: Node, first: Node, strings: Strings): ConfigProblem {
  const { line } = positionAt(source.text, first.offset);
  const message = translate(strings, '`{0}` is written twice, first in line {1}', String(key.value), line);
  const remedy = translate(strings, 'Remove one of them.');
  return {
    ...problemAt(source, rangeOf(key), { path, at: 'key', severity: 'error', message, remedy }),
    isSyntax: true,
  };
}

/** A finding with the place it stands at; `shown` is the node whose text is quoted. */
export function problemAt(source: Source, { start, end }: Range, finding: Finding, shown?: Node | null): ConfigProblem {
  const from = positionAt(source.text, start);
  const to = positionAt(source.text, Math.max(end, start));
  const { message, remedy, severity, replacement } = finding;
  return {
    file: source.file,
    ...from,
    endLine: to.line,
    endColumn: to.column,
    key: finding.path.join('.'),
    value: shown ? displayLine(source.text.slice(shown.offset, shown.offset + shown.length), 60) : '',
    message,
    remedy,
    severity,
    ...(replacement === undefined ? {} : { replacement }),
  };
}
