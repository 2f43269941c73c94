/** The contract of a chat template: turns into text. Templates are foreign programs, so who renders does it in a process that can be killed. */

export interface Message {
  /** `system`, `user`, `assistant`, `tool`. */
  readonly role: string;
  readonly content: string;
  /** The trace, where a data set keeps it apart from the answer. */
  readonly reasoning_content?: string;
}

export interface RenderRequest {
  readonly messages: readonly Message[];
  /** Whether the text ends where the assistant begins to write. */
  readonly addGenerationPrompt: boolean;
  /** What else the template may ask for, such as `enable_thinking`. */
  readonly options?: Readonly<Record<string, boolean | string | number>>;
}

/** A rendered text, or why there is none: the sentence that the template raised, or what it does that is not possible. */
export type Rendered = { readonly text: string } | { readonly raised: string };

export interface ChatTemplate {
  /** Every text that stands in the template itself, outside of what is rendered into it, joined by NUL. */
  readonly literals: string;
  /** In the order of the requests. Rejects with `TemplateFailure` where time, memory or length ran out: that is no fault of a row. */
  render(requests: readonly RenderRequest[]): Promise<readonly Rendered[]>;
}
