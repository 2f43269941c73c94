/**
 * Reflection as the paper counts it (2506.07712, section 3.2 and A.4): one of its keywords, and that it is meant. The paper
 * asks a language model whether it is; here rules look at the words around it: whose check it is, and whether it is denied,
 * quoted, or somebody else's.
 */

/** The paper's list (A.4) in all forms of its verbs, with what may stand between two words of it. */
const KEYWORD = new RegExp(
  [
    String.raw`\bre-?(?:check|think|assess|evaluat|examin|consider|analy[sz])(?:e|es|ed|ing|s|ion|ations?)?\b`,
    String.raw`\brethought\b`,
    String.raw`\bdouble[- ]?check(?:s|ed|ing)?\b`,
    String.raw`\b(?:check(?:s|ed|ing)?|th(?:ink(?:s|ing)?|ought)|verif(?:y|ies|ied|ying))\b(?: [\w'+*/=.-]+){0,4}? again\b`,
    String.raw`\b(?:go|goes|going|went) (?:back )?over (?:the|my|our|these|those|all|each|every)(?: \w+){0,2} steps?\b`,
  ].join('|'),
  'gi',
);

export interface Reflection {
  /** In the text, UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** The keywords in a text that are meant as reflection. */
export function reflectionsIn(text: string): Reflection[] {
  const plain = text.replaceAll('’', "'");
  return Array.from(plain.matchAll(KEYWORD), (match) => ({
    start: match.index,
    end: match.index + match[0].length,
  })).filter(({ start }) => isMeant(plain, start));
}

/** Longer clauses are looked at from their end. */
const FARTHEST = 240;

function isMeant(text: string, start: number): boolean {
  const clause = clauseBefore(text.slice(Math.max(0, start - FARTHEST), start));
  if (isQuoted(clause)) return false;
  const words = clause.toLowerCase().match(/[a-z']+/g) ?? [];
  if (isDenied(words)) return false;
  const subject = words.findLast((word) => OWN.has(word) || OTHERS.has(word));
  if (subject !== undefined) return OWN.has(subject);
  return words.every((word) => OPENERS.has(word));
}

const clauseBefore = (text: string): string => text.slice(text.search(/[^.!?;:\n—]*$/));

const isQuoted = (clause: string): boolean => (clause.match(/["“”]/g) ?? []).length % 2 === 1;

/** `there is no need to …`, `without ever …`; not `why don't we …`. */
function isDenied(words: readonly string[]): boolean {
  const at = words.findLastIndex((word) => DENIALS.has(word));
  if (at < 0 || words[at - 1] === 'why' || words.length - at > 8) return false;
  return words.slice(at + 1).every((word) => BETWEEN.has(word));
}

const setOf = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

/** Who looks back on this trace. */
const OWN = setOf("i i'll i'd i've i'm me my we we'll we'd we've we're us our let's lets myself ourselves");
const OTHERS = setOf('he she they you him her them your his their who people students everyone someone anybody');
/** Before a keyword at the start of a clause: it is an order to oneself. */
const OPENERS = setOf(
  `wait hmm hm okay ok so but and now actually first then again just to by on upon after before better time worth needs need
  quick quickly also maybe perhaps it's it is for safety sake let a the of course yes no well alright hold careful carefully
  this that step would be good idea wise should must please not sure being more one last final final next in order when while
  with another simple brief short thing always safe certain really very some`,
);
const DENIALS = setOf(
  "no not never without needn't don't won't shouldn't didn't cannot can't isn't hardly neither nor unnecessary instead rather unneeded",
);
/** Between a denial and what it denies. */
const BETWEEN = setOf(
  `need needed necessary reason point use to have having for me us i we even ever any of a the it bother further going be
  really is was than time want do anything that this`,
);
