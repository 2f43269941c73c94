import { expect, test } from 'vitest';
import { plainExample } from '../../../src/engine/chat/plainExample.ts';
import { expectedOf, FAMILIES, texts, tokenizerOf } from '../../support/tokenizers.ts';

test.each(FAMILIES)('%s: begin, prompt, completion and end, as the Python library gives them', (family) => {
  const tokenizer = tokenizerOf(family);
  const { begin, texts: expected } = expectedOf(family);
  expect(tokenizer.beginTokens).toEqual(begin);
  for (const [place, { text }] of texts.entries()) {
    const [prompt, completion] = [texts[0]!.text, text];
    const before = [...begin, ...expected[0]!.plainIds];
    const behind = [...expected[place]!.plainIds, tokenizer.endToken];
    const example = plainExample(tokenizer, { prompt, completion }, 'completion');
    expect(example.tokens).toEqual([...before, ...behind]);
    expect(example.lossMask).toEqual([...before.map(() => 0), ...behind.map(() => 1)]);
    expect(plainExample(tokenizer, { prompt, completion }, 'all').lossMask).not.toContain(0);
    expect(plainExample(tokenizer, { prompt: '', completion }, 'completion')).toMatchObject({
      tokens: [...begin, ...behind],
      promptLength: begin.length,
    });
  }
});
