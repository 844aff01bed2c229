import type { Report } from "@tegata/verifier";
import { dayWords, momentWords } from "../birth.ts";
import { locale, t, type Key } from "../language.ts";
import { diseaseOf } from "../verdict.ts";
import { countryWords } from "./country.ts";
import { Fact } from "./person.tsx";

type Certificate = NonNullable<Report["certificate"]>;
type Dose = NonNullable<Certificate["doses"]>[number];

/** Doses, tests and recoveries: for the counter and the border, never for a venue. */
export function Records({ certificate }: { certificate: Certificate }) {
  return (
    <>
      {certificate.doses?.map((dose, at) => (
        <section class="record" key={`d${at}`}>
          <h2>{doseTitle(dose)}</h2>
          <dl class="facts">
            <Fact label="page.dose.date" text={day(dose.date)} />
            <Fact label="page.dose.disease" text={disease(dose.disease)} />
            <Fact label="page.dose.vaccine" text={vaccine(dose.vaccine)} />
            <Fact label="page.dose.product" text={dose.product} />
            <Fact label="page.dose.maker" text={dose.maker} />
            <Fact label="page.dose.lot" text={dose.lot} />
            <Fact label="page.dose.country" text={countryWords(dose.country)} />
            <Fact label="page.dose.centre" text={dose.centre} />
            <Fact label="page.dose.clinician" text={dose.clinician} />
            <Fact label="page.dose.valid-from" text={day(dose.valid_from)} />
            <Fact label="page.dose.valid-until" text={day(dose.valid_until)} />
          </dl>
        </section>
      ))}
      {certificate.tests?.map((test, at) => (
        <section class="record" key={`t${at}`}>
          <h2>{t("page.test.title")}</h2>
          <dl class="facts">
            <Fact label="page.test.result" text={test.outcome === undefined ? test.result : t(`page.test.outcome.${test.outcome}`)} />
            <Fact label="page.test.sampled" text={test.sampled_at && momentWords(test.sampled_at, locale())} />
            <Fact label="page.dose.disease" text={disease(test.disease)} />
            <Fact label="page.test.type" text={test.method === undefined ? test.test_type : t(`page.test.method.${test.method}`)} />
            <Fact label="page.test.name" text={test.name} />
            <Fact label="page.dose.country" text={countryWords(test.country)} />
            <Fact label="page.dose.centre" text={test.centre} />
          </dl>
        </section>
      ))}
      {certificate.recoveries?.map((recovery, at) => (
        <section class="record" key={`r${at}`}>
          <h2>{t("page.recovery.title")}</h2>
          <dl class="facts">
            <Fact label="page.dose.disease" text={disease(recovery.disease)} />
            <Fact label="page.recovery.first-positive" text={day(recovery.first_positive)} />
            <Fact label="page.dose.country" text={countryWords(recovery.country)} />
            <Fact label="page.dose.valid-from" text={day(recovery.valid_from)} />
            <Fact label="page.dose.valid-until" text={day(recovery.valid_until)} />
          </dl>
        </section>
      ))}
      <section class="record">
        <dl class="facts">
          <Fact label="page.detail.issuer-named" text={certificate.issuer} />
          <Fact label="page.detail.identifier" text={certificate.identifiers?.join(" · ")} />
          <Moment label="page.detail.issued" moment={certificate.issued_at} />
          <Moment label="page.detail.not-before" moment={certificate.not_before} />
          <Moment label="page.detail.expires" moment={certificate.expires_at} />
        </dl>
      </section>
    </>
  );
}

/** What it is called, where that is known, and the code that was signed in any case. */
function vaccine({ name, code, system }: Dose["vaccine"]): string {
  return name === undefined ? `${code} (${system})` : `${name} (${code} ${system})`;
}

function doseTitle({ number, total }: Dose): string {
  if (number === undefined) return t("page.dose.title");
  return total === undefined ? t("page.dose.count", { number }) : t("page.dose.count-of", { number, total });
}

function Moment({ label, moment }: { label: Key; moment: string | undefined }) {
  return <Fact label={label} text={moment && momentWords(moment, locale())} />;
}

const day = (date: string | undefined) => (date === undefined ? undefined : dayWords(date, locale()));

/** Its name in the page's language where it is listed, and the code that was signed in any case. */
function disease(code: string | undefined): string | undefined {
  const known = code === undefined ? undefined : diseaseOf(code);
  return known === undefined ? code : `${t(`page.disease.${known}`)} (${code})`;
}
