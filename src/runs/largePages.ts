/**
 * Large pages of memory for a process that multiplies matrices: fewer misses of the address cache, measured at 2 to 10 %. On a
 * virtual machine that gives free memory back to its host, each takes milliseconds when it is first touched (docs/log.md).
 */

/** Read by glibc when a process starts; other C libraries and systems take no notice. */
const NAME = 'GLIBC_TUNABLES';

/** The environment with large pages asked for; as it is where somebody has set glibc's tunables already. */
export const withLargePages = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...env,
  [NAME]: env[NAME] ?? 'glibc.malloc.hugetlb=1',
});
