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
  const url = typeof lists === "string" ? parsed(lists, base) : undefined;
  if (url === undefined) return undefined;
  // The page's policy would refuse it anyway, but not in words.
  if (url.origin !== new URL(base).origin) return undefined;
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return { root: root.toLowerCase(), lists: url, demo: demo === true };
}

/** What was used first, and stays: another root is refused. */
export interface Pin {
  root: string;
  lists: string;
  demo: boolean;
}

export function pinOf(config: Config): Pin {
  return { root: config.root, lists: config.lists.href, demo: config.demo };
}

/** The config that was used first; it stands in where the file cannot be had. */
export function readPin(kept: unknown, base: string): Config | undefined {
  return readConfig({ ...(kept as Partial<Pin> | undefined), form: "tegata-page/1" }, base);
}

function parsed(address: string, base: string): URL | undefined {
  try {
    return new URL(address, base);
  } catch {
    return undefined;
  }
}
