/** The form `tegata-report/1`: the same object from the command line, from here and from a service. */

/** How a code was judged as a whole. */
export type Outcome = "valid" | "valid-check" | "not-valid" | "not-checked";

/** The steps of a verdict, in their order. */
export type StepName = "read" | "decode" | "issuer" | "signature" | "scope" | "time" | "status" | "rules" | "holder";

/** A text in Japanese and English. */
export interface InBoth {
  ja: string;
  en: string;
}

/** A text of the lists, in Japanese and English as far as they have it. */
export interface InSome {
  ja?: string;
  en?: string;
}

/** Something about the content that is odd and was read all the same. */
export interface Finding {
  code: string;
  /** Where in the content; never what stands there. */
  path: string;
}

/** How one step ended. */
export interface StepReport {
  step: StepName;
  result: "passed" | "failed" | "noted" | "skipped";
  /** In kebab case; there when the result is `failed`. */
  reason?: string;
  findings?: Finding[];
  /** In the status step: whether a status list was asked, one past its date, or there is none for this issuer. */
  revocation?: "checked" | "stale" | "unavailable";
  /** When the status list that was asked was issued, RFC 3339. */
  as_of?: string;
  class?: "withdrawn" | "compromised";
  /** RFC 3339. */
  revoked_at?: string;
  /** In the rules step, where a purpose was given. */
  rules?: {
    id: string;
    purpose: "venue" | "event" | "border" | "health-desk";
    name: InSome;
    version: number;
    /** When the rule set was made, RFC 3339. */
    dated: string;
    freshness: "fresh" | "stale" | "expired";
    /** `no-rule`: no rule says anything of this kind; `kind-not-accepted`: this kind is refused whatever it says. */
    ruling: "accepted" | "no-rule" | "open" | "refused" | "kind-not-accepted";
    /** How many certificates of the person were looked at together. */
    certificates: number;
    results: { rule: string; version: string; outcome: "pass" | "open" | "fail"; words: InSome }[];
  };
  /** In the holder step, where a travel document was shown. */
  binding?: "match" | "different-document" | "mismatch" | "not-comparable";
  differs?: ("date-of-birth" | "document-number" | "name")[];
  weaker?: (
    | "name-truncated"
    | "no-romanised-name"
    | "no-document-number"
    | "no-date-of-birth"
    | "partial-date-of-birth"
    | "sex"
  )[];
}

/** Whose certificate it is. */
export interface Holder {
  /** As in a passport's machine-readable zone: A-Z and `<`. */
  romanised?: { family: string; given: string };
  /** As the register writes it. */
  registered?: string;
  kana?: string;
  /** YYYY, YYYY-MM or YYYY-MM-DD, as precise as it is known; empty if not at all. */
  birth: string;
  /** ISO 5218. */
  sex?: 0 | 1 | 2 | 9;
  nationality?: string;
  document?: { kind: "passport" | "other"; number: string };
  guardian?: string;
}

/** One dose. Days are YYYY-MM-DD. */
export interface Dose {
  vaccine: {
    system: "cvx" | "snomed-ct" | "atc" | "icd-11" | "who-product" | "gtin" | "au-air" | "other";
    code: string;
    /** What the code, and `product` beside it, means where it is known here. It was not signed. */
    name?: string;
  };
  disease?: string;
  product?: string;
  maker?: string;
  lot?: string;
  date?: string;
  number?: number;
  total?: number;
  country?: string;
  centre?: string;
  clinician?: string;
  valid_from?: string;
  valid_until?: string;
}

/** One test. */
export interface TestResult {
  disease?: string;
  test_type: string;
  name?: string;
  /** RFC 3339. */
  sampled_at?: string;
  result: string;
  /** The type in words that do not change with the family. */
  method?: "nucleic-acid" | "antigen" | "antibody";
  /** The result in words that do not change with the family. */
  outcome?: "detected" | "not-detected";
  country?: string;
  centre?: string;
}

/** One recovery. Days are YYYY-MM-DD. */
export interface Recovery {
  disease?: string;
  first_positive?: string;
  country?: string;
  valid_from?: string;
  valid_until?: string;
}

/** What a valid certificate says. */
export interface Certificate {
  holder: Holder;
  doses?: Dose[];
  tests?: TestResult[];
  recoveries?: Recovery[];
  identifiers?: string[];
  country?: string;
  issuer?: string;
  /** RFC 3339. */
  issued_at?: string;
  /** RFC 3339. */
  not_before?: string;
  /** RFC 3339. */
  expires_at?: string;
  /** Its place in the issuer's status list. */
  status?: { shard: number; index: number };
}

/** The verdict on one scanned code. */
export interface Report {
  report: "tegata-report/1";
  outcome: Outcome;
  /** The reason's stable code, in kebab case; `null` when there is nothing to say. */
  reason: string | null;
  title: InBoth;
  action: InBoth | null;
  /** The time that the certificate was judged at, RFC 3339. */
  at: string;
  retrospective: boolean;
  format: "compact" | "eu-dcc" | "icvp" | "shc" | "vds-nc" | null;
  /** What the code is, where it is of a kind that is recognised and not checked. */
  recognised?:
    | "smart-health-link"
    | "verifiable-health-link"
    | "ddcc"
    | "identity"
    | "other-hcert"
    | "later-hcert"
    | "divoc"
    | "nl-domestic"
    | "at-domestic"
    | "lt-domestic";
  kind: "vaccination" | "test" | "recovery" | null;
  /** All nine, in order. */
  steps: StepReport[];
  /** Who signed, once the signature has held. */
  issuer: { name: InBoth; country: string; kid: string } | null;
  /** Only where the outcome is `valid` or `valid-check`. */
  certificate: Certificate | null;
  trust: {
    repository: string;
    demo: boolean;
    trust_version: number;
    head_version: number;
    issued_at: string;
    expires_at: string;
    freshness: "fresh" | "stale" | "expired";
  };
}

/** One published list: its version, RFC 3339 times, and age in seconds. */
export interface Dated {
  version: number;
  issued_at: string;
  expires_at: string;
  age: number;
}

/** What the lists are. */
export interface TrustInfo {
  repository: string;
  demo: boolean;
  root: Dated;
  trust: Dated;
  head: Dated;
  status: (Dated & { shard: number; revoked: number; rules: number })[];
  withdrawals: (Dated & { list: number; source: string; revoked: number })[];
  /** What a verifier can be told to judge by; absent where the lists have no rules. */
  rules?: Dated & {
    freshness?: "fresh" | "stale" | "expired";
    sets: {
      id: string;
      purpose: "venue" | "event" | "border" | "health-desk";
      name: InBoth;
      version: number;
      dated: string;
      country?: string;
      rules: number;
    }[];
  };
  freshness: "fresh" | "stale" | "expired";
  issuers: { name: InBoth; country: string }[];
  /** How many. */
  keys: number;
}
