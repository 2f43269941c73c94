/** A suite that reaches its end. */
const { writeFileSync } = require('node:fs');
exports.run = async () => {
  console.log('said by the suite');
  writeFileSync(process.env.VALLEY_SUITE_DONE, 'all of it');
};
