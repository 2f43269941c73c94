/** How a trainer hears where published benchmarks lie on this machine: a JSON object of paths by name, in the environment. */
export const BENCHMARKS_VARIABLE = 'VALLEY_BENCHMARKS';
