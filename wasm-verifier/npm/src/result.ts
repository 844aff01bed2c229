import { Failure as Thrown } from "../wasm/tegata_wasm_verifier.js";

/** Why something cannot be done. Never names personal data. */
export interface Failure {
  /** Stable, in kebab case. */
  code: string;
  /** The cause in English, for developers. */
  message: string;
}

/** A value, or why there is none. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: Failure };

/** A failure with that code. */
export function failure(code: string, message: string): { ok: false; error: Failure } {
  return { ok: false, error: { code, message } };
}

/** What the module throws becomes a value; what is no failure of ours (a trap, a misuse) is thrown on. */
export function attempt<T>(work: () => T): Result<T> {
  try {
    return { ok: true, value: work() };
  } catch (thrown) {
    if (!(thrown instanceof Thrown)) throw thrown;
    const { code, message } = thrown;
    thrown.free();
    return failure(code, message);
  }
}
