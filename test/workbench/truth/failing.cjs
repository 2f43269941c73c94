/** A suite that reaches its end with a failure. */
const { writeFileSync } = require('node:fs');
exports.run = async () => {
  writeFileSync(process.env.VALLEY_SUITE_DONE, 'all of it');
  throw new Error('1 of 1 tests failed');
};
