/** Words as answers: compared without case, spaces, quotes and end marks. */

export const sameWords = (a: string, b: string): boolean => {
  const [left, right] = [bareWords(a), bareWords(b)];
  return left !== '' && left === right;
};

/** Of a text that `cleanText` gave. */
export const bareWords = (text: string): string =>
  text
    .replace(/\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|operatorname)\s*(?=\{)/g, '')
    .replace(/\\[,;:! ]|[{}"'`$*]/g, ' ')
    .toLowerCase()
    .replace(/^\s*(?:the|an?)\s+(?=\S)/, '')
    .replace(/[\s.!]+/g, '');
