/** What a verdict shows. Outcomes are the verifier's; the page only adds what never reached it. */

import type { Report } from "@tegata/verifier";

export type Outcome = Report["outcome"];
export type Step = Report["steps"][number];

export interface Verdict {
  outcome: Outcome;
  /** A code of the catalogue (`reason.*`), or null on a plain valid. */
  reason: string | null;
  /** Undefined where the page itself knows: no code in a picture, codes missing. */
  report: Report | undefined;
}

/** A verdict of the page: nothing was checked. */
export function notChecked(reason: string): Verdict {
  return { outcome: "not-checked", reason, report: undefined };
}

export function verdictOf(report: Report): Verdict {
  return { outcome: report.outcome, reason: report.reason, report };
}

/** The same with nobody in it, for a screen that anybody sees. */
export function withoutPerson(verdict: Verdict): Verdict {
  const { report } = verdict;
  return report === undefined ? verdict : { ...verdict, report: { ...report, certificate: null } };
}

export function step(report: Report, name: Step["step"]): Step | undefined {
  return report.steps.find((each) => each.step === name);
}

/** Whether a person may be shown: never without a signature that holds, a listed issuer and a term in force. */
export function mayShowPerson(verdict: Verdict): boolean {
  return verdict.outcome === "valid" || verdict.outcome === "valid-check";
}

/** Diseases by the codes that certificates name them by (SNOMED CT, ICD-11 without what follows the point). */
const DISEASES = {
  "840539006": "covid-19",
  RA01: "covid-19",
  "16541001": "yellow-fever",
  "1D47": "yellow-fever",
  "398102009": "poliomyelitis",
  "1C81": "poliomyelitis",
  "14189004": "measles",
  "1F03": "measles",
  "36653000": "rubella",
  "1F02": "rubella",
  "36989005": "mumps",
  "1D80": "mumps",
  "38907003": "varicella",
  "1E90": "varicella",
  "52947006": "japanese-encephalitis",
  "1C85": "japanese-encephalitis",
  "66071002": "hepatitis-b",
  "6142004": "influenza",
  "397428000": "diphtheria",
  "1C17": "diphtheria",
  "76902006": "tetanus",
  "27836007": "pertussis",
  "1C12": "pertussis",
  "709410003": "haemophilus-influenzae-b",
} as const;

export type Disease = (typeof DISEASES)[keyof typeof DISEASES];

/** The stable name of a disease; undefined for a code that is not listed. */
export function diseaseOf(code: string): Disease | undefined {
  const listed: Readonly<Record<string, Disease | undefined>> = DISEASES;
  // Own names only: a certificate may name a disease `constructor`.
  return [code, code.split(".")[0] ?? ""].filter((each) => Object.hasOwn(listed, each)).map((each) => listed[each])[0];
}
