// What a verifier found, as a value.

import { failure, viewText } from "./call.js";
import type { SignetError } from "./errors.js";
import { lib } from "./library.js";
import type { Pointer, Status } from "./native.js";

/** What became of one axis: structure, signature, trust, time, delegation, target, content,
 * decision, policy, replay. What was not checked must never be taken for fine. */
export interface AxisReport {
  readonly axis: string;
  readonly status: "pass" | "fail" | "not_checked";
  readonly code: string;
  readonly message: string;
}

/** Somebody who signed, as far as that is verified. */
export interface Party {
  readonly key: string;
  readonly name: string;
  readonly trusted: boolean;
  readonly trusted_name?: string;
}

/** What a verifier found about a call or a receipt. Rely on it only when it is `ok`. */
export interface Report {
  readonly ok: boolean;
  /** Whether everybody who signed is trusted. */
  readonly trusted: boolean;
  /** "ok", or what failed first. */
  readonly code: string;
  /** What failed first, in a line; empty when nothing did. */
  readonly message: string;
  /** The same as an error; undefined when nothing failed. */
  readonly error: SignetError | undefined;
  readonly checks: readonly AxisReport[];
  readonly signer?: Party;
  readonly server?: Party;
  readonly root?: Party;
  readonly age_ms?: number;
  readonly judged_at: string;
  /** What the policy decided, where one was asked. */
  readonly policy?: Record<string, unknown>;
  /** What was signed, and nothing else. */
  readonly receipt?: { readonly id: string; readonly signed: Record<string, unknown> };
  /** What must not be taken for verified. */
  readonly remarks: readonly unknown[];
}

/** The report of a call, which is released. Where there is none, the call failed before
 * anything was judged: that is thrown. */
export function takeReport(pointer: bigint, status: Status, error: bigint): Report {
  const problem = status === 0 ? undefined : failure(status, error);
  if (!pointer) throw problem;
  const report = pointer as Pointer<"signet_report">;
  try {
    const json = JSON.parse(viewText(lib().signet_report_json, report) ?? "{}") as Report;
    // The status of the call decides, not a member of a text.
    return { ...json, ok: problem === undefined, error: problem };
  } finally {
    lib().signet_report_free(report);
  }
}
