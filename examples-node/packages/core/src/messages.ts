// MCP messages: signed, verified and co-signed as they travel, byte for byte.

import type { SignetMcpRequestOptions, SignetMcpResponseOptions } from "./abi.js";
import { SIGNET_SIGN_AT, SIGNET_SIGN_HASH_ONLY, SIGNET_SIGN_REPLACE } from "./abi.js";
import { count, failure, make, takeText, viewText } from "./call.js";
import { Handle, mustBe, pointerOf } from "./handle.js";
import type { Secret } from "./keys.js";
import { lib, structType } from "./library.js";
import type { Pointer, Slot } from "./native.js";
import { json, text, unixMs } from "./options.js";
import type { Time } from "./options.js";
import { CompiledPolicy } from "./policy.js";
import { Receipt } from "./receipt.js";
import { takeReport } from "./report.js";
import type { Report } from "./report.js";
import { scoped } from "./scope.js";
import type { SignetOutcome } from "./types.js";
import { Verifier } from "./verifier.js";

/** A tool call that has been signed or verified and waits for its response. */
export class ToolCall extends Handle<"signet_mcp_call"> {
  /** @internal */
  constructor(pointer: Pointer<"signet_mcp_call">) {
    super(pointer, lib().signet_mcp_call_free);
  }

  /** The id of the request as JSON text; undefined in a notification. */
  get id(): string | undefined {
    return viewText(lib().signet_mcp_call_id, pointerOf(this)) ?? undefined;
  }

  /** The receipt of the call. */
  receipt(): Receipt {
    return new Receipt(make(lib().signet_mcp_call_receipt, pointerOf(this)));
  }
}

export interface SignMessageOptions {
  readonly owner?: string;
  /** The server that the call goes to, and how it goes there. */
  readonly target?: string;
  readonly transport?: string;
  readonly session?: string;
  readonly traceId?: string;
  readonly parentReceiptId?: string;
  readonly expiresAt?: string;
  readonly hashOnly?: boolean;
  /** Replace a receipt that a call carries already, instead of refusing it. */
  readonly replace?: boolean;
  readonly at?: Time;
  /** Must allow each call, which its receipt then says. */
  readonly policy?: CompiledPolicy;
  /** The types of obligations that the caller fulfils. */
  readonly fulfils?: readonly string[];
}

/** Signs the tool calls in a JSON-RPC message, or in a batch: each gets its receipt at
 * params._meta._signet, and no other byte changes. When one cannot be signed, none is. */
export function signMessage(
  secret: Secret,
  message: string | object,
  name: string,
  options: SignMessageOptions = {},
): { message: string; calls: ToolCall[] } {
  const given: SignetMcpRequestOptions = {
    struct_size: structType("signet_mcp_request_options").size,
    flags:
      (options.hashOnly ? SIGNET_SIGN_HASH_ONLY : 0) |
      (options.replace ? SIGNET_SIGN_REPLACE : 0) |
      (options.at === undefined ? 0 : SIGNET_SIGN_AT),
  };
  if (options.at !== undefined) given.now_unix_ms = unixMs(options.at);
  const texts = {
    target: options.target,
    transport: options.transport,
    session: options.session,
    trace_id: options.traceId,
    parent_receipt_id: options.parentReceiptId,
    expires_at: options.expiresAt,
  };
  for (const [member, value] of Object.entries(texts)) {
    if (value === undefined) continue;
    const [bytes, length] = text(value);
    Object.assign(given, { [member]: bytes, [`${member}_len`]: length });
  }
  if (options.fulfils) [given.fulfils, given.fulfils_len] = json(options.fulfils);
  return scoped((scope) => {
    if (options.policy) given.policy = scope.lend(mustBe(options.policy, CompiledPolicy));
    const signed = scope.own(
      make(
        lib().signet_mcp_sign_request,
        scope.keypair(secret),
        ...json(message),
        ...text(name),
        ...text(options.owner ?? ""),
        given,
      ),
      lib().signet_mcp_signed_free,
    );
    return {
      message: viewText(lib().signet_mcp_signed_message, signed) ?? "",
      calls: Array.from(
        { length: count(lib().signet_mcp_signed_len(signed)) },
        (_, index) => new ToolCall(make(lib().signet_mcp_signed_call, signed, index)),
      ),
    };
  });
}

/** A call that was judged. */
export interface VerifiedCall {
  readonly report: Report;
  /** To be held together with its response; undefined when the call is refused or carries
   * no receipt. */
  readonly call: ToolCall | undefined;
}

/** Verifies one "tools/call" message as it came off the wire. Run the tool only when the
 * report is `ok`. */
export function verifyMessage(verifier: Verifier, message: string | object, at?: Time): VerifiedCall {
  return verified(lib().signet_mcp_verify_request, verifier, message, at);
}

/** Verifies the params of a "tools/call" request by themselves, for servers that get no
 * more than those from their framework. */
export function verifyParams(verifier: Verifier, params: string | object, at?: Time): VerifiedCall {
  return verified(lib().signet_mcp_verify_params, verifier, params, at);
}

function verified(
  call: ReturnType<typeof lib>["signet_mcp_verify_request"],
  verifier: Verifier,
  message: string | object,
  at: Time | undefined,
): VerifiedCall {
  const report = new BigUint64Array(1) as Slot<"signet_report">;
  const open = new BigUint64Array(1) as Slot<"signet_mcp_call">;
  const error = new BigUint64Array(1) as Slot<"signet_error">;
  const pointer = pointerOf(mustBe(verifier, Verifier));
  const status = call(pointer, ...json(message), unixMs(at), report, open, error);
  const pending = open[0] ? new ToolCall(open[0] as Pointer<"signet_mcp_call">) : undefined;
  return { report: takeReport(report[0]!, status, error[0]!), call: pending };
}

export interface SignResponseOptions {
  /** What became of the call; otherwise as the response says itself. */
  readonly outcome?: SignetOutcome | null | undefined;
  readonly at?: Time;
}

/** A response with its receipt. */
export interface SignedResponse {
  /** What is to be sent, JSON text. */
  readonly text: string;
  readonly receipt: Receipt;
  /** Whether the receipt is in the text: an error response has no place for it. */
  readonly embedded: boolean;
}

/** Co-signs the response to a call, one JSON-RPC message. */
export function signResponseMessage(
  server: Secret,
  call: ToolCall,
  response: string | object,
  name: string,
  options?: SignResponseOptions,
): SignedResponse {
  return signed(lib().signet_mcp_sign_response, server, call, response, name, options);
}

/** Co-signs the result of a call, where a framework hands out no more than that. */
export function signResult(
  server: Secret,
  call: ToolCall,
  result: string | object,
  name: string,
  options?: SignResponseOptions,
): SignedResponse {
  return signed(lib().signet_mcp_sign_result, server, call, result, name, options);
}

function signed(
  sign: ReturnType<typeof lib>["signet_mcp_sign_response"],
  server: Secret,
  call: ToolCall,
  response: string | object,
  name: string,
  options: SignResponseOptions = {},
): SignedResponse {
  const given: SignetMcpResponseOptions = {
    struct_size: structType("signet_mcp_response_options").size,
    flags: options.at === undefined ? 0 : SIGNET_SIGN_AT,
  };
  if (options.at !== undefined) given.now_unix_ms = unixMs(options.at);
  if (options.outcome != null) [given.outcome, given.outcome_len] = json(options.outcome);
  const out = new BigUint64Array(1) as Slot<"signet_buffer">;
  const receipt = new BigUint64Array(1) as Slot<"signet_receipt">;
  const embedded = new Int32Array(1);
  const error = new BigUint64Array(1) as Slot<"signet_error">;
  return scoped((scope) => {
    const status = sign(
      scope.keypair(server),
      pointerOf(mustBe(call, ToolCall)),
      ...json(response),
      ...text(name),
      given,
      out,
      receipt,
      embedded,
      error,
    );
    if (status !== 0) throw failure(status, error[0]!);
    return {
      text: takeText(out[0] as Pointer<"signet_buffer">),
      receipt: new Receipt(receipt[0] as Pointer<"signet_receipt">),
      embedded: embedded[0] === 1,
    };
  });
}

/** A response that was judged. */
export interface VerifiedResponse {
  readonly report: Report;
  /** The response without the receipt, which is what was signed, as JSON text. */
  readonly text: string;
}

/** Verifies the response to a call, one JSON-RPC message: it must carry a receipt over that
 * very call and over the response. Throws when it carries none, or that of another call. */
export function verifyResponseMessage(
  verifier: Verifier,
  call: ToolCall,
  response: string | object,
  at?: Time,
): VerifiedResponse {
  return verifiedResponse(lib().signet_mcp_verify_response, verifier, call, response, at);
}

/** The same for a result by itself. */
export function verifyResult(
  verifier: Verifier,
  call: ToolCall,
  result: string | object,
  at?: Time,
): VerifiedResponse {
  return verifiedResponse(lib().signet_mcp_verify_result, verifier, call, result, at);
}

function verifiedResponse(
  verify: ReturnType<typeof lib>["signet_mcp_verify_response"],
  verifier: Verifier,
  call: ToolCall,
  response: string | object,
  at: Time | undefined,
): VerifiedResponse {
  const report = new BigUint64Array(1) as Slot<"signet_report">;
  const out = new BigUint64Array(1) as Slot<"signet_buffer">;
  const error = new BigUint64Array(1) as Slot<"signet_error">;
  const status = verify(
    pointerOf(mustBe(verifier, Verifier)),
    pointerOf(mustBe(call, ToolCall)),
    ...json(response),
    unixMs(at),
    report,
    out,
    error,
  );
  const rest = out[0] ? takeText(out[0] as Pointer<"signet_buffer">) : "";
  return { report: takeReport(report[0]!, status, error[0]!), text: rest };
}
