/** The words of the page, from the one catalogue that the Rust side has too. A language is loaded when it is chosen. */

import type ja from "../../../verifier/messages/ja.json";

export const LANGUAGES = {
  ja: { name: "日本語", locale: "ja" },
  en: { name: "English", locale: "en" },
  "zh-Hans": { name: "简体中文", locale: "zh-Hans" },
  ko: { name: "한국어", locale: "ko" },
  vi: { name: "Tiếng Việt", locale: "vi" },
  pt: { name: "Português", locale: "pt" },
  // The document's language is Japanese: easy words are no language of their own.
  "ja-easy": { name: "やさしい日本語", locale: "ja" },
} as const;

export type Language = keyof typeof LANGUAGES;
export type Key = keyof typeof ja;
export type Words = Readonly<Record<string, string>>;

const catalogues = import.meta.glob<Words>("../../../verifier/messages/*.json", { import: "default" });
const load = (language: Language) => catalogues[`../../../verifier/messages/${language}.json`];

export function isLanguage(value: unknown): value is Language {
  return typeof value === "string" && Object.hasOwn(LANGUAGES, value);
}

/** The languages that are in this build. */
export const available = (Object.keys(LANGUAGES) as Language[]).filter((language) => load(language) !== undefined);

/** The first of the browser's languages that is here; otherwise English. */
export function preferred(tags: readonly string[]): Language {
  for (const tag of tags) {
    const start = tag.toLowerCase().split("-")[0];
    const found = available.find((language) => language.toLowerCase().split("-")[0] === start);
    if (found !== undefined) return found;
  }
  return "en";
}

let words: Words = {};
let current: Language = "en";

/** Loads a language and shows the document to be in it. False if it cannot be had: the words stay. */
export async function speak(language: Language): Promise<boolean> {
  try {
    words = (await load(language)?.()) ?? words;
  } catch {
    return false;
  }
  current = language;
  document.documentElement.lang = LANGUAGES[language].locale;
  document.title = t("page.name");
  return true;
}

/** The words under a key, with `{name}` filled in. */
export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return word(key, values) ?? key;
}

/** The same for a key that a report brings: undefined if the catalogue does not know it. */
export function word(key: string, values: Readonly<Record<string, string | number>> = {}): string | undefined {
  return words[key]?.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function language(): Language {
  return current;
}

/** For dates and ages. */
export function locale(): string {
  return LANGUAGES[current].locale;
}

/** Of words that come in Japanese and English only. */
export function inBoth(text: { ja: string; en: string }): string {
  return locale() === "ja" ? text.ja : text.en;
}
