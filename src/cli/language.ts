/** Which language the terminal speaks, and its sentences. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Strings } from '../protocol/translate.ts';

const LANGUAGES = ['ko'];

/** The language of LC_ALL, LC_MESSAGES or LANG, if we speak it; else English. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): string {
  const wanted = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  return LANGUAGES.find((language) => new RegExp(`^${language}([-_.@]|$)`, 'i').test(wanted)) ?? 'en';
}

/** The sentences of a language from the built bundle; English needs none. A bundle that is missing means English. */
export function stringsOf(language: string, programs: string): Strings {
  if (language === 'en') return {};
  try {
    return JSON.parse(readFileSync(join(programs, 'l10n', `bundle.l10n.${language}.json`), 'utf8')) as Strings;
  } catch {
    return {};
  }
}
