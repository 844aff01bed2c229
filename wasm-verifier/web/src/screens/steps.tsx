import type { Report } from "@tegata/verifier";
import { inBoth, t, word } from "../language.ts";
import type { Step } from "../verdict.ts";
import { countryWords } from "./country.ts";
import { Fact } from "./person.tsx";
import { Shape, type ShapeName } from "./shape.tsx";

const SHAPES: Readonly<Record<Step["result"], ShapeName>> = {
  passed: "valid",
  noted: "valid-check",
  failed: "not-valid",
  skipped: "not-checked",
};

/** Every step and what it came to, and who signed: nothing about the holder. */
export function Steps({ report, open }: { report: Report; open: boolean }) {
  const { issuer, format, kind, trust } = report;
  return (
    <details class="steps" open={open}>
      <summary>{t("page.detail.title")}</summary>
      <ol>
        {report.steps.map((step) => (
          <li key={step.step} class={step.result} data-step={step.step} data-result={step.result}>
            <Shape name={SHAPES[step.result]} />
            <span class="step">{word(`step.${step.step}`) ?? step.step}</span>
            <span class="result">{t(`page.result.${step.result}`)}</span>
            <Why step={step} />
          </li>
        ))}
      </ol>
      <dl class="facts">
        <Fact label="page.detail.issuer" text={issuer === null ? undefined : inBoth(issuer.name)} />
        <Fact label="page.detail.country" text={countryWords(issuer?.country)} />
        <Fact label="page.detail.format" text={format === null ? undefined : t(`page.format.${format}`)} />
        <Fact label="page.detail.kind" text={kind === null ? undefined : t(`page.kind.${kind}`)} />
        <Fact label="page.detail.key" text={issuer?.kid} />
        <Fact label="page.detail.lists" text={`${trust.repository} · ${trust.trust_version} / ${trust.head_version}`} />
      </dl>
    </details>
  );
}

/** Why a step did not simply pass, with the words of the catalogue. */
function Why({ step }: { step: Step }) {
  const { reason, binding, differs, weaker, findings } = step;
  const lines = [
    reason === undefined ? undefined : (word(`reason.${reason}.title`) ?? reason),
    binding === undefined ? undefined : word(`binding.${binding}`),
    differs && `${t("page.mrz.differs")}: ${differs.map((each) => word(`particular.${each}`) ?? each).join(" · ")}`,
    weaker && `${t("page.mrz.weaker")}: ${weaker.map((each) => word(`weakness.${each}`) ?? each).join(" · ")}`,
    findings && `${t("page.detail.finding")}: ${findings.map(({ code, path }) => `${code} ${path}`).join(" · ")}`,
  ].filter((line) => line !== undefined);
  return lines.length === 0 ? null : <span class="why">{lines.join(" / ")}</span>;
}
