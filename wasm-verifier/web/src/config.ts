/** `config.json`: which root this page trusts, and where its lists lie. Written by whoever serves the page. */

export interface Config {
  /** 64 hex digits. */
  root: string;
  /** The folder that holds `v1/`, of this origin. */
  lists: URL;
  demo: boolean;
}

/** Reads it; undefined if it is not there, or not one. */
export async function fetchConfig(): Promise<Config | undefined> {
  try {
    const response = await fetch("config.json", { cache: "no-cache" });
    return response.ok ? readConfig(await response.json(), document.baseURI) : undefined;
  } catch {
    return undefined;
  }
}

export function readConfig(value: unknown, base: string): Config | undefined {
  const { form, root, lists, demo } = (value ?? {}) as Record<string, unknown>;
  if (form !== "tegata-page/1" || typeof root !== "string" || !/^[0-9a-f]{64}$/i.test(root)) return undefined;
  if (typeof lists !== "string" || !URL.canParse(lists, base)) return undefined;
  const url = new URL(lists, base);
  // The page's policy would refuse it anyway, but not in words.
  if (url.origin !== new URL(base).origin) return undefined;
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return { root: root.toLowerCase(), lists: url, demo: demo === true };
}
