/** What goes to the process of a chat template and comes back, one JSON line each. */
import type { RenderRequest, Rendered } from '../../engine/chat/chatTemplate.ts';

/** The first line to the process. */
export interface TemplateOrder {
  readonly template: string;
  /** Texts of special tokens by their names: `bos_token` … */
  readonly specialTokens: Readonly<Record<string, string>>;
  /** Characters that one rendered text may have. */
  readonly longestText: number;
}

/** Every further line to it. */
export type ToTemplate = RenderRequest;

/** The first answer is `ready` or `unreadable`; each request has one of the others. */
export type FromTemplate =
  | { readonly type: 'ready'; readonly literals: string }
  | { readonly type: 'unreadable'; readonly why: string }
  | { readonly type: 'rendered'; readonly rendered: Rendered }
  | { readonly type: 'tooLong'; readonly characters: number };
