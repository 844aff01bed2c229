import { ageWords, secondsSince } from "../age.ts";
import { dayWords } from "../birth.ts";
import { locale, t } from "../language.ts";
import type { Step } from "../verdict.ts";

/** Whether it was withdrawn, and as of when that is known: no verdict without this answer. */
export function Revocation({ step, at }: { step: Step | undefined; at: string }) {
  if (step?.revocation === undefined) return null;
  const seconds = step.as_of === undefined ? 0 : secondsSince(step.as_of, Date.parse(at) / 1000);
  const age = ageWords(seconds, locale());
  if (step.reason === "revoked") {
    const since = step.revoked_at === undefined ? undefined : dayWords(step.revoked_at.slice(0, 10), locale());
    return (
      <p class="revocation">
        {t("page.revocation.revoked", { age })}
        {since !== undefined && ` · ${t("page.revocation.revoked-at", { date: since })}`}
        {step.class !== undefined && ` · ${t(`page.revocation.class.${step.class}`)}`}
      </p>
    );
  }
  // A list that does not reach as far as this certificate is no plain "not withdrawn".
  const answer = step.revocation === "checked" && step.result !== "passed" ? "uncovered" : step.revocation;
  return <p class="revocation">{t(`page.revocation.${answer}`, { age })}</p>;
}
