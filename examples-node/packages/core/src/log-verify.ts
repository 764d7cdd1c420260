// Verification of logs: of an open one, and of a folder that somebody hands over.

import koffi from "koffi";

import * as abi from "./abi.js";
import type { SignetFindingCallback, SignetProgressCallback } from "./abi.js";
import { Guard, bytesAt, count, failure, hashText, inBackground, place, textAt } from "./call.js";
import {
  LogForkedError,
  LogStaleError,
  LogTamperedError,
  LogTornError,
  LogTruncatedError,
  LogUnverifiableError,
  SignetError,
  SyncFailedError,
} from "./errors.js";
import type { Key } from "./keys.js";
import { mustBe } from "./handle.js";
import { lib, structType } from "./library.js";
import { AuditLog } from "./log.js";
import type { Slot, Status } from "./native.js";
import { text, unixMs, whole } from "./options.js";
import type { Time } from "./options.js";
import { ParamsKey } from "./params-key.js";
import { scoped, scopedInBackground } from "./scope.js";
import type { Scope } from "./scope.js";
import type { TrustBundle } from "./trust.js";

/** What a finding is: "link_broken", "hash_mismatch", "torn", "signature_invalid", … */
export type FindingKind = keyof typeof abi extends infer Name
  ? Name extends `SIGNET_FINDING_${infer Rest}`
    ? Lowercase<Rest>
    : never
  : never;

const KINDS = new Map<number, FindingKind>(
  Object.entries(abi)
    .filter(([name]) => name.startsWith("SIGNET_FINDING_"))
    .map(([name, value]) => [
      value as number,
      name.slice("SIGNET_FINDING_".length).toLowerCase() as FindingKind,
    ]),
);

/** One thing that a verification found. */
export interface Finding {
  readonly kind: FindingKind | "unknown";
  /** The number of the record, from 0. */
  readonly index: number;
  /** The file, relative to the audit folder, and the line in it, from 1; 0 for none. */
  readonly file: string;
  readonly line: number;
  /** The hash that would have been right, and the one that stands there. */
  readonly expectedHash?: string;
  readonly actualHash?: string;
  /** It in words. */
  readonly detail: string;
}

export interface LogVerifyOptions {
  /** Verify the signature of every receipt too. */
  readonly signatures?: boolean;
  /** With `signatures`: hold each receipt to the key that it names itself. That proves
   * integrity, not who signed. */
  readonly anySigner?: boolean;
  /** The keys that may sign. */
  readonly trusted?: readonly Key[];
  /** The same as of the time of each record; counts instead of `trusted`. */
  readonly bundle?: TrustBundle;
  /** The keys that may co-sign, and that may delegate in the first place. */
  readonly servers?: readonly Key[];
  readonly roots?: readonly Key[];
  /** The keys that may speak for the log: only what they sign explains that records are
   * missing from the beginning. Without them any trusted key can state a removal; the
   * report says which one did. */
  readonly controlKeys?: readonly Key[];
  /** Keys that count up to a record only, whatever times records state. */
  readonly cutoffs?: readonly { readonly key: Key; readonly fromIndex: number }[];
  /** For how long a record may be without a checkpoint; `at` is when that is judged. */
  readonly maxCheckpointAgeMs?: number;
  readonly at?: Time | "last_record";
  /** Verify signatures some hundreds at a time: faster, with the same answers. */
  readonly batch?: boolean;
  /** The keys that open encrypted params. */
  readonly paramsKeys?: readonly ParamsKey[];
  /** The number of the first record to look at, and how many. */
  readonly first?: number;
  readonly limit?: number;
  /** How many threads may be used for the duration of the call. */
  readonly threads?: number;
  /** A checkpoint that is trusted already, and its verifier key: the log must continue
   * it. */
  readonly checkpoint?: string;
  readonly vkey?: string;
  /** Is told each finding, and how many records have been looked at; false stops. */
  readonly onFinding?: (finding: Finding) => boolean | void;
  readonly onProgress?: (records: number) => boolean | void;
}

/** The outcome of a verification. */
export interface LogReport {
  /** Whether the log can be believed as it is. */
  readonly ok: boolean;
  /** The gravest verdict: "SIGNET_OK", "SIGNET_ERR_LOG_TAMPERED", … */
  readonly verdict: string;
  /** The verdict as an error; undefined when all is well. */
  readonly error: SignetError | undefined;
  readonly records: number;
  readonly findings: number;
  /** The number of the first record with a finding that is not merely noted. */
  readonly firstBad: number | undefined;
  readonly signaturesValid: number;
  readonly signaturesFailed: number;
  readonly unverifiable: number;
  readonly unsignedRecords: number;
  /** The hash of the last record that was looked at. */
  readonly lastHash: string;
  /** How many records were removed from the beginning, as a signed record says. */
  readonly pruned: number;
  /** The key that signed that record, and whether it is one of `controlKeys`: where none
   * were given, any agent could have signed it. */
  readonly prunedBy?: string;
  readonly prunedByControlKey: boolean;
  /** How many records the trusted checkpoint covers. */
  readonly anchored: number;
  /** How many records the log's own memory covers. Nothing says that records after those
   * and the anchored ones are not missing from the end. */
  readonly remembered: number;
}

type Target = AuditLog | string;

/** Verifies an open log, or the files of an audit folder ("<home>/audit") without opening
 * it for writing. Damage is in the report; what kept the verification from running, such
 * as a folder that cannot be read, is thrown, and so is what a callback throws. */
export function verifyLog(log: Target, options: LogVerifyOptions = {}): LogReport {
  return scoped((scope) => {
    const [callbacks, report, verdict] = prepare(options);
    const error = new BigUint64Array(1) as Slot<"signet_error">;
    const common = [...parameters(options, scope), ...callbacks, null, report, error] as const;
    const status =
      typeof log === "string"
        ? lib().signet_log_verify_folder(...text(log), ...common)
        : lib().signet_log_verify(scope.lend(mustBe(log, AuditLog)), ...common);
    return verdict(status, error[0]!);
  });
}

/** As `verifyLog`, on a thread of its own; callbacks run on this one. */
export function verifyLogAsync(log: Target, options: LogVerifyOptions = {}): Promise<LogReport> {
  return scopedInBackground(async (scope) => {
    const [callbacks, report, verdict] = prepare(options);
    const common = [...parameters(options, scope), ...callbacks, null, report] as const;
    return typeof log === "string"
      ? inBackground(lib().signet_log_verify_folder, verdict, ...text(log), ...common)
      : inBackground(
          lib().signet_log_verify,
          verdict,
          scope.lend(mustBe(log, AuditLog)),
          ...common,
        );
  });
}

function parameters(options: LogVerifyOptions, scope: Scope) {
  const trusted = options.trusted ?? [];
  const { paramsKeys = [], servers = [], roots = [], controlKeys = [], cutoffs = [], at } = options;
  const given: abi.SignetLogVerifyOptions = {
    struct_size: structType("signet_log_verify_options").size,
    flags:
      (options.signatures ? abi.SIGNET_LOG_VERIFY_SIGNATURES : 0) |
      (options.anySigner ? abi.SIGNET_LOG_VERIFY_ANY_SIGNER : 0) |
      (options.batch ? abi.SIGNET_LOG_VERIFY_BATCH : 0) |
      (at === "last_record" ? abi.SIGNET_LOG_VERIFY_AT_LAST_RECORD : 0) |
      (at !== undefined && at !== "last_record" ? abi.SIGNET_LOG_VERIFY_AT : 0),
    first: whole(options.first, "first"),
    limit: whole(options.limit, "limit"),
    threads: whole(options.threads, "threads"),
    bundle: scope.maybe(options.bundle),
    params_keys:
      paramsKeys.length === 0
        ? null
        : BigUint64Array.from(paramsKeys, (key) => scope.lend(mustBe(key, ParamsKey))),
    params_keys_len: paramsKeys.length,
    servers: scope.keys(servers),
    servers_len: servers.length,
    roots: scope.keys(roots),
    roots_len: roots.length,
    control_keys: scope.keys(controlKeys),
    control_keys_len: controlKeys.length,
    max_checkpoint_age_ms: whole(options.maxCheckpointAgeMs, "maxCheckpointAgeMs"),
  };
  if (at !== undefined && at !== "last_record") given.now_unix_ms = unixMs(at);
  if (cutoffs.length > 0) {
    const type = structType("signet_key_cutoff");
    const bytes = Buffer.alloc(type.size * cutoffs.length);
    cutoffs.forEach(({ key, fromIndex }, index) => {
      const cutoff = { from_index: whole(fromIndex, "fromIndex"), key: scope.key(key) };
      koffi.encode(bytes, index * type.size, type, cutoff);
    });
    given.cutoffs = bytes;
    given.cutoffs_len = cutoffs.length;
  }
  if (options.checkpoint !== undefined) {
    [given.checkpoint, given.checkpoint_len] = text(options.checkpoint);
  }
  if (options.vkey !== undefined) [given.vkey, given.vkey_len] = text(options.vkey);
  return [scope.keys(trusted), trusted.length, given] as const;
}

type Callbacks = [SignetFindingCallback | null, SignetProgressCallback | null];

/** The callbacks of a call, a place for its report, and how to read its outcome. */
function prepare(
  options: LogVerifyOptions,
): [Callbacks, Uint8Array, (status: Status, error: bigint) => LogReport] {
  const { onFinding, onProgress } = options;
  const guard = new Guard();
  const report = new Uint8Array(structType("signet_log_report").size);
  const verdict = (status: Status, error: bigint): LogReport => {
    const problem = status === 0 ? undefined : failure(status, error);
    guard.rethrow();
    if (problem !== undefined && !isVerdict(problem)) throw problem;
    return readReport(report, problem);
  };
  const callbacks: Callbacks = [
    onFinding
      ? (finding) => guard.run(1, () => (onFinding(readFinding(finding)) === false ? 1 : 0))
      : null,
    onProgress
      ? (records) => guard.run(1, () => (onProgress(count(records)) === false ? 1 : 0))
      : null,
  ];
  return [callbacks, report, verdict];
}

// Whether the verification ran: its report is then written.
const VERDICTS = [
  LogTornError,
  LogTamperedError,
  LogTruncatedError,
  LogForkedError,
  LogUnverifiableError,
  LogStaleError,
  SyncFailedError,
];

function isVerdict(error: SignetError): boolean {
  return VERDICTS.some((kind) => error instanceof kind);
}

interface WrittenFinding {
  kind: number;
  index: number | bigint;
  line: number | bigint;
  file: bigint | null;
  file_len: number | bigint;
  expected_hash: bigint | null;
  actual_hash: bigint | null;
  detail: bigint | null;
  detail_len: number | bigint;
}

function readFinding(address: bigint | null): Finding {
  const found = koffi.decode(address, structType("signet_log_finding")) as WrittenFinding;
  const hash = (at: bigint | null): string => hashText(bytesAt(at, abi.SIGNET_HASH_LEN));
  return {
    kind: KINDS.get(found.kind) ?? "unknown",
    index: count(found.index),
    file: textAt(found.file, count(found.file_len)),
    line: count(found.line),
    ...(found.expected_hash === null ? {} : { expectedHash: hash(found.expected_hash) }),
    ...(found.actual_hash === null ? {} : { actualHash: hash(found.actual_hash) }),
    detail: textAt(found.detail, count(found.detail_len)),
  };
}

interface WrittenReport {
  records: number | bigint;
  findings: number | bigint;
  first_bad: number | bigint;
  signatures_valid: number | bigint;
  signatures_failed: number | bigint;
  unverifiable: number | bigint;
  unsigned_records: number | bigint;
  last_hash: Uint8Array;
  pruned: number | bigint;
  anchored: number | bigint;
  remembered: number | bigint;
  pruned_by: Uint8Array;
  pruned_by_control_key: number | bigint;
}

const keyText = (key: Uint8Array): string => `ed25519:${Buffer.from(key).toString("base64")}`;

function readReport(bytes: Uint8Array, error: SignetError | undefined): LogReport {
  const found = koffi.decode(bytes, structType("signet_log_report")) as WrittenReport;
  return {
    ok: error === undefined,
    verdict: error?.code ?? "SIGNET_OK",
    error,
    records: count(found.records),
    findings: count(found.findings),
    firstBad: place(found.first_bad),
    signaturesValid: count(found.signatures_valid),
    signaturesFailed: count(found.signatures_failed),
    unverifiable: count(found.unverifiable),
    unsignedRecords: count(found.unsigned_records),
    lastHash: hashText(found.last_hash),
    pruned: count(found.pruned),
    ...(count(found.pruned) === 0 ? {} : { prunedBy: keyText(found.pruned_by) }),
    prunedByControlKey: count(found.pruned_by_control_key) !== 0,
    anchored: count(found.anchored),
    remembered: count(found.remembered),
  };
}
