// The question that stands in front of every tool: may this request be run?

import { SignetError, TrustBundle, Verifier, verifyParams } from "@signet-auth/core";
import type { Key, ToolCall } from "@signet-auth/core";

import { NonceCache, storeOf } from "./nonce-cache.js";
import type { NonceChecker } from "./nonce-cache.js";

/** A "tools/call" request as the MCP SDK hands it to a handler. */
export interface McpRequest {
  readonly method?: string;
  readonly params?: unknown;
}

export interface VerifyRequestOptions {
  /** The keys that may sign. Without these and a bundle nobody is trusted, and every signed
   * request is refused. */
  readonly trustedKeys?: readonly Key[];
  /** The same as a trust bundle: an object, its text, or one that was read. */
  readonly trustBundle?: TrustBundle | string | object;
  /** Refuse requests without a receipt. Default true. */
  readonly requireSignature?: boolean;
  /** Refuse signers that are not trusted. Default true; without, a signature shows only that
   * its key has signed, whoever has that. */
  readonly requireTrustedSigner?: boolean;
  /** How many seconds old a receipt may be. Default 300. */
  readonly maxAge?: number;
  /** The target that receipts must be for. */
  readonly expectedTarget?: string;
  /** Where used nonces are remembered. Default: one memory for this process. */
  readonly nonceCache?: NonceChecker;
  /** By how many seconds the agent's clock may be ahead. Default 30. */
  readonly clockSkewTolerance?: number;
}

/** What became of the question. Run the request only when it is `ok`. */
export interface VerifyResult {
  readonly ok: boolean;
  readonly signerName?: string;
  readonly signerPubkey?: string;
  /** Why not. */
  readonly error?: string;
  readonly hasReceipt: boolean;
  /** Whether the signer is trusted; false for an unsigned request that was let through. */
  readonly trusted: boolean;
}

/** Requests that have passed, so that what is answered can be signed. */
export interface Passed {
  readonly call: ToolCall | undefined;
  readonly trusted: boolean;
  /** The params that were verified. */
  readonly text: string;
}

const passed = new WeakMap<object, Passed>();

export function passedRequest(request: object): Passed | undefined {
  return passed.get(request);
}

/** The params as text, the same for the same request. */
export function paramsText(request: McpRequest): string {
  return JSON.stringify(request.params ?? null);
}

let everyone: NonceCache | undefined;

/**
 * Verifies a "tools/call" request: its receipt must be by a trusted signer, fresh, for this
 * target, of the tool and the arguments that the request has, and not have been presented
 * before. It never throws because of what is in a request.
 */
export function verifyRequest(request: McpRequest, options: VerifyRequestOptions = {}): VerifyResult {
  const params = request?.params as { _meta?: { _signet?: unknown } | null } | null | undefined;
  const hasReceipt = (params?._meta?._signet ?? null) !== null;
  if (request?.method !== undefined && request.method !== "tools/call") {
    return { ok: false, error: `not a tools/call request: ${request.method}`, hasReceipt, trusted: false };
  }
  // Options that contradict each other are the server's mistake, and do throw.
  const verifier = verifierFor(options);
  let text: string;
  try {
    text = paramsText(request);
    const { report, call } = verifyParams(verifier, text);
    if (report.ok) passed.set(request, { call, trusted: report.trusted, text });
    return {
      ok: report.ok,
      ...(report.signer ? { signerName: report.signer.name, signerPubkey: report.signer.key } : {}),
      ...(report.ok ? {} : { error: report.message }),
      hasReceipt,
      trusted: report.trusted,
    };
  } catch (error) {
    if (!(error instanceof SignetError || error instanceof TypeError)) throw error;
    return { ok: false, error: error.message, hasReceipt, trusted: false };
  }
}

// Verifiers by what they hold requests to: making one for every request would cost more
// than the verification. Those of a cache go with it.
const verifiers = new WeakMap<object, Map<string, Verifier>>();
const MOST = 64;

const numbers = new WeakMap<object, number>();
let next = 1;

function numberOf(object: object): number {
  let number = numbers.get(object);
  if (number === undefined) numbers.set(object, (number = next++));
  return number;
}

function verifierFor(options: VerifyRequestOptions): Verifier {
  const { trustedKeys = [], trustBundle, nonceCache = (everyone ??= new NonceCache()) } = options;
  const { requireSignature = true, requireTrustedSigner = true } = options;
  const { maxAge = 300, clockSkewTolerance = 30, expectedTarget } = options;
  const key = JSON.stringify([
    trustedKeys.map((one) => (typeof one === "string" ? one : one.prefixed)),
    trustBundle instanceof TrustBundle ? numberOf(trustBundle) : (trustBundle ?? null),
    [requireSignature, requireTrustedSigner, maxAge, clockSkewTolerance, expectedTarget ?? null],
  ]);
  let known = verifiers.get(nonceCache);
  if (known === undefined) verifiers.set(nonceCache, (known = new Map<string, Verifier>()));
  const found = known.get(key);
  if (found !== undefined) return found;
  const bundle =
    trustBundle === undefined || trustBundle instanceof TrustBundle
      ? trustBundle
      : TrustBundle.parse(trustBundle);
  const verifier = new Verifier({
    trustedKeys,
    ...(bundle ? { trustBundle: bundle } : {}),
    requireSignature,
    requireTrustedSigner,
    maxAgeSeconds: maxAge,
    clockSkewSeconds: clockSkewTolerance,
    ...(expectedTarget ? { targets: [expectedTarget] } : {}),
    replay: storeOf(nonceCache),
  });
  if (known.size >= MOST) known.clear();
  known.set(key, verifier);
  return verifier;
}
