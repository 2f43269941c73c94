/** The process of one chat template: renders what it is asked to, line by line, until it is killed or its input ends. Argument: the pid of who asks. */
import { isMainThread } from 'node:worker_threads';
import { Template } from '@huggingface/jinja';
import type { Message, Rendered } from '../../engine/chat/chatTemplate.ts';
import { byteLines } from '../../runs/byteLines.ts';
import { startWatch, watch } from '../watchdog.ts';
import type { FromTemplate, TemplateOrder, ToTemplate } from './templateMessages.ts';

if (isMainThread) {
  startWatch(new URL(import.meta.url), Number(process.argv[2]));
  serve().catch((error: unknown) => {
    process.stderr.write(String(error));
    process.exit(1);
  });
} else {
  // An endless template does not hear its input end.
  watch();
}

async function serve(): Promise<void> {
  let renderer: Renderer | null = null;
  for await (const line of byteLines(process.stdin)) {
    if (line === null) throw new Error('A request is too long.');
    if (renderer) say(renderer.answer(JSON.parse(line) as ToTemplate));
    else renderer = begin(JSON.parse(line) as TemplateOrder);
    if (!renderer) break;
  }
  process.exit(0);
}

function begin(order: TemplateOrder): Renderer | null {
  try {
    const renderer = new Renderer(order);
    say({ type: 'ready', literals: renderer.literals });
    return renderer;
  } catch (error) {
    say({ type: 'unreadable', why: wordsOf(error) });
    return null;
  }
}

function say(message: FromTemplate): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

class Renderer {
  private readonly order: TemplateOrder;
  private readonly template: Template;

  constructor(order: TemplateOrder) {
    this.order = order;
    this.template = new Template(order.template);
  }

  get literals(): string {
    return literalsIn(this.template.parsed).join('\0');
  }

  answer({ messages, addGenerationPrompt, options }: ToTemplate): FromTemplate {
    const rendered = this.render({
      ...this.order.specialTokens,
      ...options,
      messages: messages.map(withAliases),
      add_generation_prompt: addGenerationPrompt,
      tools: null,
      documents: null,
    });
    const characters = 'text' in rendered ? rendered.text.length : 0;
    return characters > this.order.longestText ? { type: 'tooLong', characters } : { type: 'rendered', rendered };
  }

  private render(items: Record<string, unknown>): Rendered {
    try {
      return { text: this.template.render(items) };
    } catch (error) {
      return { raised: wordsOf(error) };
    }
  }
}

/** As transformers: templates look for a trace under either name. */
const withAliases = (message: Message): object =>
  message.reasoning_content === undefined ? message : { thinking: message.reasoning_content, ...message };

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500);

/** Every text that stands in a template, as transformers collects them to find the tokens that it writes itself. */
function literalsIn(program: unknown): string[] {
  const found: string[] = [];
  const waiting: unknown[] = [program];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (typeof node !== 'object' || node === null) continue;
    if ('type' in node && node.type === 'StringLiteral' && 'value' in node) found.push(String(node.value));
    for (const part of node instanceof Map ? [...node].flat() : Object.values(node)) waiting.push(part);
  }
  return found;
}
