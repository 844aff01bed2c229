import type { Report } from "@tegata/verifier";
import { ageWords, secondsSince } from "../age.ts";
import { locale, t, word } from "../language.ts";
import type { Step } from "../verdict.ts";
import { Shape, type ShapeName } from "./shape.tsx";

type Applied = NonNullable<Step["rules"]>;
type Result = Applied["results"][number];

const SHAPES: Readonly<Record<Result["outcome"], ShapeName>> = { pass: "valid", open: "valid-check", fail: "not-valid" };
const ORDER: readonly Result["outcome"][] = ["fail", "open", "pass"];

/** By which rules, and what each asks for and came to; what is not met comes first. Nothing about the holder. */
export function Rules({ report, step }: { report: Report; step: Step | undefined }) {
  const applied = step?.rules;
  if (applied === undefined) return null;
  const results = ORDER.flatMap((outcome) => applied.results.filter((each) => each.outcome === outcome));
  const age = ageWords(secondsSince(applied.dated, Date.parse(report.at) / 1000), locale());
  return (
    <section class="rules" data-ruling={applied.ruling}>
      <h2>{word("rules.line", { name: inSome(applied.name) ?? applied.id, version: applied.version, age })}</h2>
      {applied.certificates > 1 && <p>{word("rules.together", { n: applied.certificates })}</p>}
      <ul>
        {results.map(({ rule, outcome, words }) => (
          <li key={rule} data-rule={rule} data-outcome={outcome}>
            <Shape name={SHAPES[outcome]} />
            <span>
              <strong>{word(`rule.${outcome}`) ?? outcome}</strong> {inSome(words)} <small>{rule}</small>
            </span>
          </li>
        ))}
      </ul>
      {applied.freshness !== "fresh" && <p class="fine">{t("page.rules.old")}</p>}
    </section>
  );
}

/** Of words that the lists may have in one language only. */
function inSome(text: { ja?: string; en?: string }): string | undefined {
  return locale() === "ja" ? (text.ja ?? text.en) : (text.en ?? text.ja);
}
