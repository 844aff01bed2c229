export type {
  Certificate,
  Dated,
  Dose,
  Finding,
  Holder,
  InBoth,
  InSome,
  Outcome,
  Recovery,
  Report,
  StepName,
  StepReport,
  TestResult,
  TrustInfo,
} from "./report.js";
export type { Failure, Result } from "./result.js";
export {
  ChunkCollector,
  open,
  readDocument,
  TravelDocument,
  Verifier,
  type Options,
  type VerifyOptions,
} from "./verifier.js";
