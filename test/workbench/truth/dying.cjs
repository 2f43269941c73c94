/** A suite whose extension host dies half way with an error code. */
exports.run = async () => process.exit(7);
