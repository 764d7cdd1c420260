// A gate between an MCP client and a server, for raw text off the wire.

import koffi from "koffi";

import {
  SIGNET_EVIDENCE_RECEIPT,
  SIGNET_RULING_ASK_HUMAN,
  SIGNET_RULING_FORWARD,
  STATUSES,
} from "./abi.js";
import { Guard, count, make, textAt, viewText } from "./call.js";
import { Handle, hold, mustBe, pointerOf } from "./handle.js";
import type { Secret } from "./keys.js";
import { lib, structType } from "./library.js";
import { AuditLog } from "./log.js";
import { ToolCall } from "./messages.js";
import type { Pointer } from "./native.js";
import { json, unixMs } from "./options.js";
import type { Time } from "./options.js";
import { CompiledPolicy } from "./policy.js";
import { takeReport } from "./report.js";
import type { Report } from "./report.js";
import { scoped } from "./scope.js";
import { Verifier } from "./verifier.js";

/** With a verifier a gate verifies the calls that come in, with a key pair it signs the
 * calls that go out. */
export interface GateOptions {
  readonly verifier?: Verifier;
  readonly keypair?: Secret;
  /** Must allow each call before it is signed. */
  readonly policy?: CompiledPolicy;
  readonly name?: string;
  readonly owner?: string;
  readonly target?: string;
  readonly transport?: string;
  readonly session?: string;
  readonly hashOnly?: boolean;
  readonly existing?: "refuse" | "replace";
  readonly fulfils?: readonly string[];
  readonly allowLineBreaks?: boolean;
  readonly storageFailure?: "refuse" | "forward";
  readonly limits?: { readonly max_len?: number; readonly max_depth?: number; readonly max_batch?: number };
}

export type Ruling = "forward" | "ask_human" | "refuse";

/** One thing that a gate wants kept. */
export interface GateEvidence {
  readonly kind: "receipt" | "violation";
  /** JSON text, to append to a log. */
  readonly json: string;
}

/** What became of one message of a text. */
export interface MessageVerdict {
  readonly ruling: Ruling;
  /** The name of the status. */
  readonly code: string;
  /** Why it does not go on: for the operator, not for the other side. */
  readonly text: string | undefined;
  readonly call: ToolCall | undefined;
  readonly report: Report | undefined;
  /** What the policy of the signing side said, as it stands in decisions. */
  readonly evaluation: Record<string, unknown> | undefined;
}

/** What a gate decided: send on `forward`, send back `answer`, and nothing else. */
export interface GateVerdict {
  readonly ruling: Ruling;
  readonly forward: string | undefined;
  readonly answer: string | undefined;
  readonly messages: readonly MessageVerdict[];
  /** Why the evidence could not be stored; undefined when it was. */
  readonly storageFailure: string | undefined;
}

export class Gate extends Handle<"signet_gate"> {
  constructor(options: GateOptions) {
    super(open(options), lib().signet_gate_free);
  }

  /** Decides about a text off the wire. Evidence goes to a log, to a function that keeps
   * all of it or throws, or nowhere. */
  judge(
    message: string | Uint8Array,
    evidence?: AuditLog | ((evidence: readonly GateEvidence[]) => void) | null,
    at?: Time,
  ): GateVerdict {
    const bytes = typeof message === "string" ? Buffer.from(message, "utf8") : message;
    const now = unixMs(at);
    const from = lib();
    if (evidence instanceof AuditLog) {
      return take(
        make(from.signet_gate_judge_with_log, pointerOf(this), bytes, bytes.length, now, pointerOf(evidence)),
      );
    }
    const letGo = hold(this);
    const guard = new Guard();
    const store = evidence
      ? (first: bigint | null, length: number | bigint): number =>
          guard.run(1, () => {
            evidence(readEvidence(first!, count(length)));
            return 0;
          })
      : null;
    try {
      return take(
        make(from.signet_gate_judge, pointerOf(this), bytes, bytes.length, now, store, null),
      );
    } finally {
      letGo();
    }
  }
}

function open(options: GateOptions): Pointer<"signet_gate"> {
  const said = {
    name: options.name,
    owner: options.owner,
    target: options.target,
    transport: options.transport,
    session: options.session,
    hash_only: options.hashOnly,
    existing: options.existing,
    fulfils: options.fulfils,
    allow_line_breaks: options.allowLineBreaks,
    storage_failure: options.storageFailure,
    limits: options.limits,
  };
  return scoped((scope) =>
    make(
      lib().signet_gate_new,
      ...json(said),
      options.verifier ? scope.lend(mustBe(options.verifier, Verifier)) : null,
      options.keypair ? scope.keypair(options.keypair) : null,
      options.policy ? scope.lend(mustBe(options.policy, CompiledPolicy)) : null,
    ),
  );
}

interface WrittenEvidence {
  json: bigint | null;
  json_len: number | bigint;
  kind: number;
}

function readEvidence(first: bigint, length: number): GateEvidence[] {
  const type = structType("signet_evidence");
  return Array.from({ length }, (_, index) => {
    const one = koffi.decode(first + BigInt(index * type.size), type) as WrittenEvidence;
    return {
      kind: one.kind === SIGNET_EVIDENCE_RECEIPT ? "receipt" : "violation",
      json: textAt(one.json, count(one.json_len)),
    };
  });
}

function ruling(number: number): Ruling {
  if (number === SIGNET_RULING_FORWARD) return "forward";
  return number === SIGNET_RULING_ASK_HUMAN ? "ask_human" : "refuse";
}

/** A verdict as a value. Releases the library's. */
function take(verdict: Pointer<"signet_verdict">): GateVerdict {
  const from = lib();
  try {
    const messages = Array.from({ length: count(from.signet_verdict_len(verdict)) }, (_, index) => {
      const evaluation = viewText(from.signet_verdict_message_evaluation, verdict, index);
      const call = make(from.signet_verdict_message_call, verdict, index);
      const report = make(from.signet_verdict_message_report, verdict, index);
      const status = from.signet_verdict_message_status(verdict, index);
      return {
        ruling: ruling(from.signet_verdict_message_ruling(verdict, index)),
        code: STATUSES[status] ?? "SIGNET_ERR_UNKNOWN",
        text: viewText(from.signet_verdict_message_text, verdict, index) ?? undefined,
        call: call ? new ToolCall(call) : undefined,
        report: report ? takeReport(report, from.signet_report_status(report), 0n) : undefined,
        evaluation:
          evaluation === null ? undefined : (JSON.parse(evaluation) as Record<string, unknown>),
      };
    });
    return {
      ruling: ruling(from.signet_verdict_ruling(verdict)),
      forward: viewText(from.signet_verdict_forward, verdict) ?? undefined,
      answer: viewText(from.signet_verdict_answer, verdict) ?? undefined,
      messages,
      storageFailure: viewText(from.signet_verdict_storage_message, verdict) ?? undefined,
    };
  } finally {
    from.signet_verdict_free(verdict);
  }
}
