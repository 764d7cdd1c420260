// Evidence for what AI agents do: identities, signed receipts, delegation, policies, and
// an audit log with proofs.

export { SIGNET_ABI_VERSION, SIGNET_VERSION_STRING, STATUSES } from "./abi.js";
export * from "./bundle.js";
export * from "./delegation.js";
export * from "./errors.js";
export * from "./gate.js";
export { Handle } from "./handle.js";
export { RawJson } from "./json.js";
export { Keypair, PublicKey } from "./keys.js";
export type { Key, Secret } from "./keys.js";
export * from "./keystore.js";
export { LibraryError, loadLibrary } from "./library.js";
export { AuditLog, PrunePlan } from "./log.js";
export type { Appendable, LogEntry, LogOptions, LogQuery, LogRecord } from "./log.js";
export * from "./log-verify.js";
export * from "./messages.js";
export type { CoSignOptions, ParseOptions, SignOptions, Time, VerifyOptions } from "./options.js";
export * from "./params-key.js";
export { CompiledPolicy } from "./policy.js";
export type { Decision, EvaluateOptions, Verdict } from "./policy.js";
export * from "./proof.js";
export * from "./published.js";
export { Receipt, actionFromToolsCall } from "./receipt.js";
export type { ActionInput, Exchange, Field, Signers } from "./receipt.js";
export { ReplayStore } from "./replay-store.js";
export type { NonceAnswer, ReplayFileOptions } from "./replay-store.js";
export type { AxisReport, Party, Report } from "./report.js";
export { TrustBundle } from "./trust.js";
export type { Format, Section, TrustEntry } from "./trust.js";
export * from "./types.js";
export * from "./verifier.js";
