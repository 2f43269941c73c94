/** Names of run folders: sortable by time, readable, and without a character that a shell or a file system minds. */

const SLUG_LIMIT = 40;

/** The name in lower-case letters, digits and single dashes, at most 40 of them; `run` where nothing is left. */
export function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_LIMIT)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? 'run' : slug;
}

/** `20260131-235959-my-run`, in local time. */
export function runFolderName(name: string, at: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  const day = `${String(at.getFullYear()).padStart(4, '0')}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  const time = `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
  return `${day}-${time}-${slugOf(name)}`;
}
