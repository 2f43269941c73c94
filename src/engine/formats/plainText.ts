/** Text without a prompt: `text`, all of which is learned. */
import { plainExample, required, type Format } from './format.ts';

export const plainText: Format = {
  name: 'text',
  roles: [required('text', 'text')],
  parse: (row) => [plainExample('', row.text('text'))],
};
