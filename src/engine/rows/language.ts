/** In which language a text is written: by its script, and among those of the Latin script by its commonest words. */
import { WordBuffer } from './words.ts';

/** ISO 639-1; `und` where a text gives no sign (formulas, a few words). */
export const LANGUAGES = ['und', 'en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'ko', 'ja', 'zh', 'ru', 'ar', 'hi'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Letters looked at: the beginning says enough. */
const LOOKED_AT = 400;
const FEWEST_LETTERS = 12;
const FEWEST_SIGNS = 2;

const COMMON: Readonly<Partial<Record<Language, string>>> = {
  en: 'the of and to is that it we so for this with are be have then let find what if but by',
  de: 'der die und das ist nicht ein eine wir den von zu mit auf für wenn dann also ich sie',
  fr: 'le la les et est une des que nous dans pour pas sur avec donc si ce qui on du',
  es: 'el los las es una que en por con para como pero se del al si entonces hay su lo',
  it: 'il che di è una per non con sono gli della anche se ma quindi nel si questo come alla',
  pt: 'o os as que é uma não em para com do da então se mas por como ao são dos',
  nl: 'het een en van is dat niet op te zijn we voor met als dus dan maar aan er ook',
};

const SCRIPTS: readonly (readonly [language: Language, from: number, to: number])[] = [
  ['ru', 0x400, 0x530],
  ['ar', 0x600, 0x700],
  ['hi', 0x900, 0x980],
  ['ko', 0x1100, 0x1200],
  ['ja', 0x3040, 0x3100],
  ['zh', 0x4e00, 0xa000],
  ['ko', 0xac00, 0xd7b0],
];

const FILTER = 8192;

/** Guesses languages; one per thread is enough. */
export class LanguageGuesser {
  /** A bit per language for each common word: a word may belong to several. */
  readonly #signs = new Map<number, number>();
  /** Marks the low bits of those words: most others are ruled out without a look into the map. */
  readonly #filter = new Uint8Array(FILTER);
  readonly #votes = new Uint32Array(LANGUAGES.length);

  constructor() {
    const buffer = new WordBuffer();
    for (const [language, words] of Object.entries(COMMON)) {
      const bit = 1 << LANGUAGES.findIndex((known) => known === language);
      buffer.read(words);
      for (const hash of buffer.hashes.subarray(0, buffer.count)) {
        this.#signs.set(hash, (this.#signs.get(hash) ?? 0) | bit);
        this.#filter[hash % FILTER] = 1;
      }
    }
  }

  /** `words[from .. to)` are the hashes of the words of `text`. Returns an index into `LANGUAGES`. */
  guess(text: string, words: Uint32Array, from: number, to: number): number {
    const { latin, others, counts } = scriptsOf(text);
    if (latin + others < FEWEST_LETTERS) return 0;
    return others > latin / 2 ? byScript(counts) : this.#byWords(words, from, Math.min(to, from + LOOKED_AT / 2));
  }

  #byWords(words: Uint32Array, from: number, to: number): number {
    const votes = this.#votes.fill(0);
    for (let at = from; at < to; at++) {
      const hash = words[at] ?? 0;
      const bits = this.#filter[hash % FILTER] === 1 ? (this.#signs.get(hash) ?? 0) : 0;
      for (let language = 1; bits >> language > 0; language++)
        if ((bits >> language) & 1) votes[language] = (votes[language] ?? 0) + 1;
    }
    let best = 0;
    for (let language = 1; language < votes.length; language++)
      if ((votes[language] ?? 0) > (votes[best] ?? 0)) best = language;
    return (votes[best] ?? 0) >= FEWEST_SIGNS ? best : 0;
  }
}

function scriptsOf(text: string): { latin: number; others: number; counts: Map<Language, number> } {
  const counts = new Map<Language, number>();
  let [latin, others] = [0, 0];
  for (let at = 0; at < Math.min(text.length, LOOKED_AT); at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) latin += ((code | 32) - 97) >>> 0 < 26 ? 1 : 0;
    else if (code >= 0xc0 && code < 0x250) latin++;
    else if (code >= 0x400) {
      const script = SCRIPTS.find(([, from, to]) => code >= from && code < to);
      if (script === undefined) continue;
      others++;
      counts.set(script[0], (counts.get(script[0]) ?? 0) + 1);
    }
  }
  return { latin, others, counts };
}

/** Chinese characters among kana are Japanese. */
function byScript(counts: ReadonlyMap<Language, number>): number {
  const kana = counts.get('ja') ?? 0;
  const isJapanese = kana > 0 && kana * 10 >= (counts.get('zh') ?? 0);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return indexOf(isJapanese && most?.[0] !== 'ko' ? 'ja' : (most?.[0] ?? 'und'));
}

const indexOf = (language: Language): number => LANGUAGES.indexOf(language);
