/** Words by which a trace stops and looks back: what stands between an error and its repair. */

const DOUBT = new RegExp(
  [
    String.raw`\b(?:wait|hmm+|hm|hold on|actually|oops|sorry|whoops|on second thought|mistaken?|wrong|incorrect(?:ly)?|error|redo(?:ing)?|slip(?:ped)?)\b`,
    String.raw`\b(?:not|isn't|is n't|can't be|cannot be|doesn't|does not|don't) (?:quite )?(?:right|correct|match|add up|look right|seem right|think so)\b`,
    String.raw`\b(?:let me|let's|let us|i(?:'ll| will| should| need to| must| have to| want to| would like to)?|we(?:'ll| will| should| need to| must| have to)?|to) (?:just |quickly |better |first |now |also )?(?:re-?)?(?:check|verify|compute|calculate|examine|do|try|see|look|go back|go over|count|add|think|inspect|trace|test|confirm|correct|fix)\b`,
    String.raw`\b(?:re-?|double[- ]|cross[- ])(?:check|think|assess|evaluat|examin|consider|analy[sz]|comput|calculat|count|do|verif|trac|work|read|visit|add)\w*`,
    String.raw`\b(?:check|checking|verify|verifying|miscalculat\w*|miscount\w*|correction|corrected|correcting|try again|once more|look again|think again)\b`,
    String.raw`(?<=^|[.!?;\n]\s{0,3})no\b`,
  ].join('|'),
  'gi',
);

/** Places of doubts in the order of the text, UTF-16 units. */
export function doubtsIn(text: string): number[] {
  return Array.from(text.replaceAll('’', "'").matchAll(DOUBT), ({ index }) => index);
}
