import { describe, expect, test } from 'vitest';
import { expectedOf, FAMILIES, texts, tokenizerOf } from '../../support/tokenizers.ts';

describe.each(FAMILIES)('the tokenizer of %s', (family) => {
  const tokenizer = tokenizerOf(family);
  const expected = expectedOf(family);

  test.each(texts.map(({ about, text }, place) => ({ about, text, ...expected.texts[place]! })))(
    'gives the ids of the Python library: $about',
    ({ text, ids, plainIds, decoded }) => {
      expect(tokenizer.encodeAs(text, 'template')).toEqual(ids);
      expect(tokenizer.encode(text)).toEqual(plainIds);
      expect(tokenizer.decode(plainIds)).toBe(decoded);
    },
  );

  test('never makes a special token of a text', () => {
    const special = new Set(tokenizer.added.filter((one) => one.special).map(({ id }) => id));
    const unknown = tokenizer.idOf('<unk>');
    for (const { text } of texts)
      expect(tokenizer.encode(text).filter((id) => special.has(id) && id !== unknown)).toEqual([]);
    for (const { content, id, special: isSpecial } of tokenizer.added) {
      expect(tokenizer.encodeAs(`a${content}b`, 'template')).toContain(id);
      if (isSpecial) expect(tokenizer.encodeAs(`a${content}b`, 'nothing')).not.toContain(id);
    }
  });

  test.each(expected.broken)('decodes $ids as the Python library does', ({ ids, decoded }) => {
    expect(tokenizer.decode(ids)).toBe(decoded);
  });

  test('streams the same text, and no character before all its bytes are there', () => {
    for (const { plainIds } of expected.texts) {
      const stream = tokenizer.stream();
      const pieces = plainIds.map((id) => stream.push(id));
      expect(pieces.join('')).not.toContain('\ufffd');
      expect(pieces.join('') + stream.end()).toBe(tokenizer.decode(plainIds));
    }
    for (const { ids, decoded } of expected.broken) {
      const stream = tokenizer.stream();
      expect(ids.map((id) => stream.push(id)).join('') + stream.end()).toBe(decoded);
    }
  });

  test('special tokens have no text, and people see their names', () => {
    expect(tokenizer.decode([tokenizer.endToken, ...tokenizer.encode('a b')])).toBe('a b');
    expect(tokenizer.show(tokenizer.endToken)).toBe(tokenizer.special.texts['eos_token']);
  });
});
