/** The conformance kit: every rule that a source must keep, tried on its demo, without an account and without a test runner. */
export type { Check, Known, Outcome, Released, Subject } from "./contract.ts";
export { conformanceReport } from "./report.ts";
export { CHECKS, conformance } from "./run.ts";
