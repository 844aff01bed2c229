import { locale } from "../language.ts";

/** A country's name beside its code; the code alone where the browser knows no name. */
export function countryWords(code: string | undefined): string | undefined {
  if (code === undefined) return undefined;
  try {
    const name = new Intl.DisplayNames(locale(), { type: "region", fallback: "none" }).of(code);
    return name === undefined ? code : `${name} (${code})`;
  } catch {
    return code;
  }
}
