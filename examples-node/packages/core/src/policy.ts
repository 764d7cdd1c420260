// Policies as objects of the library, with the counts of their rate limits.

import { SIGNET_EVALUATE_DRY_RUN, SIGNET_VERDICT_ALLOW, SIGNET_VERDICT_DENY } from "./abi.js";
import { failure, make, viewText } from "./call.js";
import { Handle, mustBe, pointerOf } from "./handle.js";
import type { Secret } from "./keys.js";
import { lib } from "./library.js";
import type { Pointer, Slot } from "./native.js";
import { json, signOptions, text, unixMs } from "./options.js";
import type { SignOptions, Time } from "./options.js";
import { Receipt } from "./receipt.js";
import type { ActionInput } from "./receipt.js";
import { scoped } from "./scope.js";
import { formatNumber } from "./trust.js";
import type { Format } from "./trust.js";
import type { PolicyAttestation, PolicyEvalResult } from "./types.js";

export type Verdict = "allow" | "require_approval" | "deny";

/** What a policy says about one call, and why. */
export interface Decision {
  readonly verdict: Verdict;
  readonly reason: string;
  /** All of it. */
  readonly details: PolicyEvalResult;
  /** What stands in the receipt of an allowed call. */
  readonly attestation?: PolicyAttestation;
  /** The record of a call that was not allowed, JSON text to append to the log. */
  readonly violation?: string;
}

export interface EvaluateOptions {
  /** The time of the call; the system clock by default. */
  readonly at?: Time;
  /** Look without counting. */
  readonly dryRun?: boolean;
}

/** A policy and how often its rules with a rate limit have been used. */
export class CompiledPolicy extends Handle<"signet_policy"> {
  /** Reads a policy. The counts of a policy that it replaces go on for rules of the same
   * id. */
  static parse(
    document: string | object,
    format: Format = "any",
    previous?: CompiledPolicy,
  ): CompiledPolicy {
    const before = previous === undefined ? null : pointerOf(mustBe(previous, CompiledPolicy));
    return new CompiledPolicy(
      make(lib().signet_policy_parse, ...json(document), formatNumber(format), before),
    );
  }

  /** @internal */
  constructor(pointer: Pointer<"signet_policy">) {
    super(pointer, lib().signet_policy_free);
  }

  /** The policy as canonical JSON with every default filled in. */
  get json(): string {
    return viewText(lib().signet_policy_json, pointerOf(this)) ?? "";
  }

  /** `sha256:` and the hash that stands in receipts. */
  get hash(): string {
    return viewText(lib().signet_policy_hash, pointerOf(this)) ?? "";
  }

  /** Decides about a call. That there is a decision does not say that it is allowed. */
  evaluate(action: ActionInput, agent: string, options: EvaluateOptions = {}): Decision {
    return read(
      make(
        lib().signet_policy_evaluate,
        pointerOf(this),
        ...json(action),
        ...text(agent),
        unixMs(options.at),
        options.dryRun ? SIGNET_EVALUATE_DRY_RUN : 0,
      ),
    );
  }

  /** Decides about a call and, if it is allowed, signs it. Otherwise it throws, and the
   * error has the decision. */
  sign(
    secret: Secret,
    action: ActionInput,
    name: string,
    options: SignOptions = {},
  ): { receipt: Receipt; decision: Decision } {
    return scoped((scope) => {
      const made = new BigUint64Array(1) as Slot<"signet_receipt">;
      const decided = new BigUint64Array(1) as Slot<"signet_decision">;
      const error = new BigUint64Array(1) as Slot<"signet_error">;
      const status = lib().signet_receipt_sign_with_policy(
        scope.keypair(secret),
        ...json(action),
        ...text(name),
        ...text(options.owner ?? ""),
        pointerOf(this),
        signOptions(options),
        made,
        decided,
        error,
      );
      const decision = decided[0] ? read(decided[0] as Pointer<"signet_decision">) : undefined;
      if (status !== 0) throw Object.assign(failure(status, error[0]!), { decision });
      return {
        receipt: new Receipt(made[0] as Pointer<"signet_receipt">),
        decision: decision!,
      };
    });
  }
}

/** A decision as a value. Releases the library's. */
function read(decision: Pointer<"signet_decision">): Decision {
  const from = lib();
  try {
    const verdict = from.signet_decision_verdict(decision);
    const attestation = viewText(from.signet_decision_attestation, decision);
    const violation = viewText(from.signet_decision_violation, decision);
    return {
      verdict:
        verdict === SIGNET_VERDICT_ALLOW
          ? "allow"
          : verdict === SIGNET_VERDICT_DENY
            ? "deny"
            : "require_approval",
      reason: viewText(from.signet_decision_reason, decision) ?? "",
      details: JSON.parse(viewText(from.signet_decision_json, decision) ?? "{}") as PolicyEvalResult,
      ...(attestation === null ? {} : { attestation: JSON.parse(attestation) as PolicyAttestation }),
      ...(violation === null ? {} : { violation }),
    };
  } finally {
    from.signet_decision_free(decision);
  }
}

