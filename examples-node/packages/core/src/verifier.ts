// The execution boundary: whether a call may be made, and whether a receipt can be relied
// on.

import type { SignetCheckOptions, SignetVerifierOptions } from "./abi.js";
import { make } from "./call.js";
import { Handle, mustBe, pointerOf } from "./handle.js";
import { RawJson, jsonText, toJson } from "./json.js";
import type { Key } from "./keys.js";
import { lib, structType } from "./library.js";
import type { Pointer, Slot } from "./native.js";
import { json, text, unixMs } from "./options.js";
import type { Time } from "./options.js";
import { CompiledPolicy } from "./policy.js";
import { ReplayStore } from "./replay-store.js";
import { takeReport } from "./report.js";
import type { Report } from "./report.js";
import { scoped } from "./scope.js";
import { TrustBundle } from "./trust.js";

/** What a verifier holds everything to. Nobody is trusted who is not named. */
export interface VerifierOptions {
  readonly trustedKeys?: readonly Key[];
  readonly trustedServers?: readonly Key[];
  readonly trustedRoots?: readonly Key[];
  readonly trustedAuthorities?: readonly Key[];
  readonly trustBundle?: TrustBundle;
  /** How old a receipt may be. Default 300. */
  readonly maxAgeSeconds?: number;
  /** By how much clocks may differ. Default 30. */
  readonly clockSkewSeconds?: number;
  /** How long after the agent a server may have signed; 0: any time. Default 300. */
  readonly responseWindowSeconds?: number;
  /** Nothing signed before this time passes, RFC 3339. */
  readonly notBefore?: string;
  /** The targets that a receipt may be for. */
  readonly targets?: readonly string[];
  readonly session?: string;
  readonly callId?: string;
  /** Defaults: true, true, false, false, false. */
  readonly requireSignature?: boolean;
  readonly requireTrustedSigner?: boolean;
  readonly requireDelegation?: boolean;
  readonly requireDecision?: boolean;
  readonly allowHashOnly?: boolean;
  readonly maxChainLinks?: number;
  /** Decides about every call. */
  readonly policy?: CompiledPolicy;
  /** Where used nonces are remembered; "memory" by default. "off" lets every receipt be
   * presented again while it is fresh. */
  readonly replay?: ReplayStore | "memory" | "off";
  readonly limits?: { readonly max_len?: number; readonly max_depth?: number };
}

/** A call that is about to be made, as it arrived. */
export interface Call {
  readonly tool: string;
  /** What the tool will read: a value, or RawJson. */
  readonly arguments?: unknown;
  /** The receipt that came with it: an object or its text; null for none. */
  readonly receipt: string | object | null | undefined;
  readonly target?: string;
  readonly session?: string;
  readonly callId?: string;
  /** The system clock by default. */
  readonly at?: Time;
}

/** What a receipt is held to besides. */
export interface ReceiptCheck {
  readonly arguments?: unknown;
  readonly response?: unknown;
  readonly target?: string;
  readonly session?: string;
  readonly callId?: string;
  readonly at?: Time;
}

/** Stands in front of tools. It remembers what was used, so that a receipt passes once. */
export class Verifier extends Handle<"signet_verifier"> {
  /** With options, or with the library's own JSON of them. */
  constructor(options: VerifierOptions | RawJson = {}) {
    super(
      options instanceof RawJson
        ? make(lib().signet_verifier_new, ...json(options), null)
        : open(options),
      lib().signet_verifier_free,
    );
  }

  /** Judges a call. Make it only when the report is `ok`: its nonce is then used up. */
  checkCall(call: Call): Report {
    const report = new BigUint64Array(1) as Slot<"signet_report">;
    const error = new BigUint64Array(1) as Slot<"signet_error">;
    const status = lib().signet_verifier_check_call(
      pointerOf(this),
      ...text(call.tool),
      ...given(call.arguments === undefined ? null : toJson(call.arguments)),
      ...given(call.receipt == null ? null : jsonText(call.receipt)),
      unixMs(call.at),
      checkOptions(call),
      report,
      error,
    );
    return takeReport(report[0]!, status, error[0]!);
  }

  /** Judges a receipt that was just received, such as a server's. */
  checkReceipt(receipt: string | object, check: ReceiptCheck = {}): Report {
    return this.#check(lib().signet_verifier_check_receipt, receipt, check);
  }

  /** Judges a receipt as evidence of the past: `at` is a time at which it is known to have
   * existed. */
  checkEvidence(receipt: string | object, check: ReceiptCheck = {}): Report {
    return this.#check(lib().signet_verifier_check_evidence, receipt, check);
  }

  #check(
    call: ReturnType<typeof lib>["signet_verifier_check_receipt"],
    receipt: string | object,
    check: ReceiptCheck,
  ): Report {
    const report = new BigUint64Array(1) as Slot<"signet_report">;
    const error = new BigUint64Array(1) as Slot<"signet_error">;
    const options = checkOptions(check);
    if (check.arguments !== undefined) {
      [options.arguments, options.arguments_len] = value(check.arguments);
    }
    if (check.response !== undefined) {
      [options.response, options.response_len] = value(check.response);
    }
    const status = call(
      pointerOf(this),
      ...json(receipt),
      unixMs(check.at),
      options,
      report,
      error,
    );
    return takeReport(report[0]!, status, error[0]!);
  }
}

function value(given: unknown): [Uint8Array, number] {
  const bytes = toJson(given);
  return [bytes, bytes.length];
}

function given(bytes: Uint8Array | null): [Uint8Array | null, number] {
  return [bytes, bytes?.length ?? 0];
}

function checkOptions(check: Pick<ReceiptCheck, "target" | "session" | "callId">): SignetCheckOptions {
  const made: SignetCheckOptions = { struct_size: structType("signet_check_options").size };
  if (check.target !== undefined) [made.target, made.target_len] = text(check.target);
  if (check.session !== undefined) [made.session, made.session_len] = text(check.session);
  if (check.callId !== undefined) [made.call_id, made.call_id_len] = text(check.callId);
  return made;
}

function open(options: VerifierOptions): Pointer<"signet_verifier"> {
  const { trustedKeys = [], trustedServers = [], trustedRoots = [], trustedAuthorities = [] } = options;
  const said = {
    max_age_seconds: options.maxAgeSeconds,
    clock_skew_seconds: options.clockSkewSeconds,
    response_window_seconds: options.responseWindowSeconds,
    not_before: options.notBefore,
    targets: options.targets,
    session: options.session,
    call_id: options.callId,
    require_signature: options.requireSignature,
    require_trusted_signer: options.requireTrustedSigner,
    require_delegation: options.requireDelegation,
    require_decision: options.requireDecision,
    allow_hash_only: options.allowHashOnly,
    max_chain_links: options.maxChainLinks,
    limits: options.limits,
    replay: typeof options.replay === "string" ? options.replay : undefined,
  };
  return scoped((scope) => {
    const given: SignetVerifierOptions = {
      struct_size: structType("signet_verifier_options").size,
      trusted_keys: scope.keys(trustedKeys),
      trusted_keys_len: trustedKeys.length,
      trusted_servers: scope.keys(trustedServers),
      trusted_servers_len: trustedServers.length,
      trusted_roots: scope.keys(trustedRoots),
      trusted_roots_len: trustedRoots.length,
      trusted_authorities: scope.keys(trustedAuthorities),
      trusted_authorities_len: trustedAuthorities.length,
    };
    if (options.trustBundle) given.bundle = scope.lend(mustBe(options.trustBundle, TrustBundle));
    if (options.policy) given.policy = scope.lend(mustBe(options.policy, CompiledPolicy));
    if (typeof options.replay === "object") {
      given.replay_store = scope.lend(mustBe(options.replay, ReplayStore));
    }
    return make(lib().signet_verifier_new, ...json(said), given);
  });
}
