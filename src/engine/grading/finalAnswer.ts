/** Finds the answer a written solution ends with: the last `\boxed{…}`, `#### 42`, or "the answer is 42". */

/** A longer one is no answer. */
const LONGEST = 500;

/** The last answer that is marked as one, without its mark; null if none is. What stands in `<think>` counts only where nothing follows it. */
export function finalAnswer(completion: string): string | null {
  const at = completion.lastIndexOf('</think>');
  const told = at < 0 ? completion : completion.slice(at + '</think>'.length);
  return lastBoxed(told) ?? afterMark(told) ?? inWords(told);
}

/** What stands in the braces of the last `\boxed` that is closed. */
function lastBoxed(text: string): string | null {
  const start = text.lastIndexOf('\\boxed{');
  if (start < 0) return null;
  const open = start + '\\boxed{'.length;
  for (let at = open, depth = 1; at < text.length && at - open <= LONGEST; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return text.slice(open, at).trim() || null;
  }
  return null;
}

function afterMark(text: string): string | null {
  const start = text.lastIndexOf('#');
  const line = start < 0 ? '' : (text.slice(start + 1, start + 1 + LONGEST).split('\n')[0] ?? '').trim();
  return line === '' ? null : line;
}

function inWords(text: string): string | null {
  const found = [...text.slice(-2000).matchAll(/\banswer(?: is|:)\s*\**\s*([^\s*.,;][^\n*;]{0,200})/gi)].at(-1)?.[1];
  return found?.replace(/[.,\s]+$/, '') ?? null;
}
