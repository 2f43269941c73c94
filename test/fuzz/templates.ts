/** Damaged chat templates: each renders, raises or is ended by a rule, and this process stays as it was. */
import { Draws } from '../../src/engine/random/draws.ts';
import { randomSource } from '../../src/engine/random/randomSource.ts';
import { TemplateFailure } from '../../src/trainer/templates/templateFailure.ts';
import { TemplateProcess } from '../../src/trainer/templates/templateProcess.ts';
import { mutant } from './mutate.ts';

const MESSAGES = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'What is 2 + 2?' },
  { role: 'assistant', content: '<think>\n2 + 2 = 4\n</think>\n\n4' },
];
/** Pieces of programs that loop, grow, nest or ask for what is not theirs. */
const SPLINTERS = [
  '{% for i in range(100000000) %}',
  '{% endfor %}',
  '{% for a in messages %}',
  '{% set x = messages %}',
  '{% set x = x ~ x %}',
  '{% if true %}',
  '{% endif %}',
  '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}',
  "{{ ''.constructor }}",
  "{{ 'x' * 100000000 }}",
  '{{ messages|tojson }}',
  '{{ messages[0] }}',
  "{{ raise_exception('no') }}",
  '{{',
  '}}',
  '{%-',
  "'",
  '((((((((',
  '|join',
  '{# ',
];

/** Even numbers damage bytes, odd ones put pieces of programs in. */
export function damagedTemplate(seed: Buffer, run: number, number: number): Buffer {
  if (number % 2 === 0) return mutant(seed, run, number);
  const draws = new Draws(randomSource(run, 'fuzz/template', number));
  let text = seed.toString('utf8');
  for (let count = draws.integer(1, 4); count > 0; count--) {
    const at = draws.integer(0, text.length);
    text = text.slice(0, at) + draws.pick(SPLINTERS) + text.slice(at);
  }
  return Buffer.from(text);
}

export class TemplateFuzzer {
  readonly tally = { rendered: 0, raised: 0, refused: {} as Record<string, number> };
  private readonly script: string;

  constructor(script: string) {
    this.script = script;
  }

  /** The sentence that says what is wrong; null where all holds. */
  async problem(bytes: Buffer): Promise<string | null> {
    try {
      await this.render(bytes.toString('utf8'));
      return null;
    } catch (error) {
      if (!(error instanceof TemplateFailure)) return `thrown: ${error instanceof Error ? error.stack : String(error)}`;
      this.tally.refused[error.rule] = (this.tally.refused[error.rule] ?? 0) + 1;
      return error.rule === 'ended' ? error.message : null;
    }
  }

  private async render(template: string): Promise<void> {
    const specialTokens = { bos_token: '<bos>', eos_token: '<eos>' };
    const one = await TemplateProcess.open({
      script: this.script,
      template,
      file: 'chat_template.jinja',
      specialTokens,
    });
    try {
      const [rendered] = await one.render([{ messages: MESSAGES, addGenerationPrompt: true }]);
      if (rendered && 'text' in rendered) this.tally.rendered++;
      else this.tally.raised++;
    } finally {
      one.close();
    }
  }
}
