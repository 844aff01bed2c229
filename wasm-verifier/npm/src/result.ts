import { Failure as Thrown } from "../wasm/tegata_wasm_verifier.js";

/** Why something cannot be done. Never names personal data. */
export interface Failure {
  /** Stable, in kebab case; `tegata-verifier` explains the same codes in words. */
  code: string;
  /** More for developers, where there is more: a status, an error's name. */
  detail?: string;
}

/** A value, or why there is none. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: Failure };

/** A failure with that code. */
export function failure(code: string, detail?: string): { ok: false; error: Failure } {
  return { ok: false, error: detail === undefined ? { code } : { code, detail } };
}

/** What the module throws becomes a value; what is no failure of ours (a trap, a misuse) is thrown on. */
export function attempt<T>(work: () => T): Result<T> {
  try {
    return { ok: true, value: work() };
  } catch (thrown) {
    if (!(thrown instanceof Thrown)) throw thrown;
    const { code } = thrown;
    thrown.free();
    return failure(code);
  }
}
