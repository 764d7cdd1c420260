// The functions that users of the published packages call, by their names. Objects are
// plain JSON, as it travels; each call makes what it needs of the library and releases it.

import {
  SIGNET_CONTENT_JSON,
  SIGNET_CONTENT_TEXT,
  SIGNET_HASH_LEN,
  SIGNET_HASH_TEXT_LEN,
} from "./abi.js";
import { check, hashText, make, takeText } from "./call.js";
import { Delegation } from "./delegation.js";
import {
  BindingMismatchError,
  DelegationExpiredError,
  DelegationNotYetValidError,
  ReceiptVersionError,
} from "./errors.js";
import { toJson, utf8 } from "./json.js";
import { Keypair, holds } from "./keys.js";
import type { Secret } from "./keys.js";
import { lib } from "./library.js";
import { json } from "./options.js";
import type { SignOptions, VerifyOptions } from "./options.js";
import { CompiledPolicy } from "./policy.js";
import { Receipt, withReceipt } from "./receipt.js";
import type {
  AuthorizedReceipt,
  BilateralReceipt,
  CompoundReceipt,
  DelegationToken,
  Policy,
  PolicyEvalResult,
  Scope,
  SignetAction,
  SignetKeypair,
  SignetOutcome,
  SignetReceipt,
} from "./types.js";

/** A receipt as plain JSON, or its text. */
type Evidence = string | object;

/** The plain JSON of a receipt, which is released. */
function plain<T>(receipt: Receipt): T {
  try {
    return receipt.toJSON() as T;
  } finally {
    receipt.close();
  }
}

/** Makes a new key pair. Whoever has the secret can sign: see Keystore for safer places. */
export function generateKeypair(): SignetKeypair {
  const keypair = Keypair.generate();
  try {
    return { secretKey: keypair.exportSecret(), publicKey: keypair.publicText };
  } finally {
    keypair.close();
  }
}

/** Signs a tool call (version 1). */
export function sign(
  secretKey: Secret,
  action: SignetAction,
  signerName: string,
  signerOwner = "",
): SignetReceipt {
  return plain(Receipt.sign(secretKey, action, signerName, { owner: signerOwner }));
}

/** As `sign`, with an expiry, RFC 3339. */
export function signWithExpiration(
  secretKey: Secret,
  action: SignetAction,
  signerName: string,
  signerOwner: string,
  expiresAt: string,
): SignetReceipt {
  return plain(Receipt.sign(secretKey, action, signerName, { owner: signerOwner, expiresAt }));
}

/** Whether a receipt is by this key, and as it was signed. Throws when it has expired or
 * cannot be judged. */
export function verify(receipt: Evidence, publicKey: string): boolean {
  return verifies(receipt, [publicKey]);
}

/** As `verify`, whenever it expires: evidence keeps its worth. */
export function verifyAllowExpired(receipt: Evidence, publicKey: string): boolean {
  return verifies(receipt, [publicKey], { ignoreExpiry: true });
}

/** Whether a receipt of any version is by this key: the agent's, or the server's when it
 * is co-signed. One that rests on a delegation needs `verifyAuthorized`. */
export function verifyAny(receiptJson: Evidence, publicKey: string): boolean {
  return verifies(receiptJson, [publicKey], { servers: [publicKey], anyAgent: true });
}

function verifies(receipt: Evidence, trusted: string[], options?: VerifyOptions): boolean {
  return holds(() => withReceipt(receipt, (one) => one.check(trusted, options)));
}

/** Signs a tool call and its response in one (version 2). Of the response only the hash
 * is kept; times are RFC 3339. */
export function signCompound(
  secretKey: Secret,
  action: SignetAction,
  responseContent: unknown,
  signerName: string,
  signerOwner: string,
  tsRequest: string,
  tsResponse: string,
): CompoundReceipt {
  const exchange = { response: responseContent, requestedAt: tsRequest, respondedAt: tsResponse };
  const options: SignOptions = { owner: signerOwner };
  return plain(Receipt.signCompound(secretKey, action, exchange, signerName, options));
}

/** Co-signs an agent's receipt together with the response (version 3). */
export function signBilateral(
  serverKey: Secret,
  agentReceiptJson: Evidence,
  responseContent: unknown,
  serverName: string,
  tsResponse?: string | null,
): BilateralReceipt {
  return signBilateralWithOutcome(
    serverKey,
    agentReceiptJson,
    responseContent,
    serverName,
    tsResponse,
    null,
  );
}

/** As `signBilateral`, with what became of the call. */
export function signBilateralWithOutcome(
  serverKey: Secret,
  agentReceiptJson: Evidence,
  responseContent: unknown,
  serverName: string,
  tsResponse: string | null | undefined,
  outcome: SignetOutcome | null,
): BilateralReceipt {
  const options = tsResponse == null ? {} : { at: new Date(tsResponse) };
  return withReceipt(agentReceiptJson, (agent) =>
    plain(Receipt.coSign(serverKey, agent, responseContent, serverName, outcome, options)),
  );
}

/** What else a co-signed receipt is held to. */
export interface BilateralVerifyOptions {
  expectedSession?: string;
  expectedCallId?: string;
  /** The most seconds between request and response; 0: any. Default 300. */
  maxTimeWindowSecs?: number;
  trustedAgentPublicKey?: string;
  /** Taken for compatibility: nothing is remembered here. Replays are for a verifier. */
  disableReplayCheck?: boolean;
}

/** Whether a receipt is co-signed by this server, and sound under the key that it names
 * as the agent's. */
export function verifyBilateral(receiptJson: Evidence, serverPublicKey: string): boolean {
  return verifyBilateralWithOptions(receiptJson, serverPublicKey);
}

/** As `verifyBilateral`, with what else is expected. */
export function verifyBilateralWithOptions(
  receipt: Evidence,
  serverPublicKey: string,
  options: BilateralVerifyOptions = {},
): boolean {
  return holds(() => checkBilateral(receipt, serverPublicKey, options), BindingMismatchError);
}

/** As `verifyBilateralWithOptions`, saying what is known of the agent. Throws what is
 * wrong. */
export function verifyBilateralWithOptionsDetailed(
  receipt: Evidence,
  serverPublicKey: string,
  options: BilateralVerifyOptions = {},
): "agent_self_consistent" | "agent_trusted" {
  checkBilateral(receipt, serverPublicKey, options);
  return options.trustedAgentPublicKey == null ? "agent_self_consistent" : "agent_trusted";
}

export { verifyBilateralWithOptionsDetailed as verifyBilateralDetailed };

function checkBilateral(
  receipt: Evidence,
  serverPublicKey: string,
  options: BilateralVerifyOptions,
): void {
  const { expectedSession, expectedCallId, maxTimeWindowSecs, trustedAgentPublicKey } = options;
  withReceipt(receipt, (one) => {
    if (one.version !== 3) {
      throw new ReceiptVersionError(`a receipt of version ${one.version} is not co-signed`);
    }
    one.check(trustedAgentPublicKey == null ? [] : [trustedAgentPublicKey], {
      servers: [serverPublicKey],
      anyAgent: trustedAgentPublicKey == null,
      // The published packages say 0 for any time.
      windowSeconds: maxTimeWindowSecs === 0 ? "any" : (maxTimeWindowSecs ?? 300),
      ...(expectedSession == null ? {} : { session: expectedSession }),
      ...(expectedCallId == null ? {} : { callId: expectedCallId }),
    });
  });
}

/** The hash of a content as "response.content_hash" of receipts has it. A string is
 * hashed as the JSON string that it is. */
export function contentHash(value: unknown): string {
  const bytes = typeof value === "string" ? utf8(value) : toJson(value);
  const kind = typeof value === "string" ? SIGNET_CONTENT_TEXT : SIGNET_CONTENT_JSON;
  const hash = Buffer.alloc(SIGNET_HASH_TEXT_LEN);
  check(lib().signet_content_hash, bytes, bytes.length, kind, null, hash);
  return hash.toString("latin1");
}

/** Delegates: signs that another key may act within a scope, which narrows the parent
 * scope if that is given. */
export function signDelegation(
  delegatorKey: Secret,
  delegatorName: string,
  delegatePubkey: string,
  delegateName: string,
  scope: Scope,
  parentScope?: Scope | null,
): DelegationToken {
  const options = parentScope == null ? {} : { parentScope };
  const token = Delegation.sign(delegatorKey, delegatorName, delegatePubkey, delegateName, scope, options);
  try {
    return token.toJSON() as DelegationToken;
  } finally {
    token.close();
  }
}

/** Whether a delegation is signed by the key that it names, has been issued and has not
 * expired. Whether that key had anything to delegate, `verifyAuthorized` says. */
export function verifyDelegation(token: Evidence): boolean {
  const read = Delegation.parse(token);
  try {
    return holds(() => read.verify(), DelegationExpiredError, DelegationNotYetValidError);
  } finally {
    read.close();
  }
}

/** Signs a tool call on the authority of a chain, root first (version 4). What the chain
 * does not allow is not signed. */
export function signAuthorized(
  key: Secret,
  action: SignetAction,
  signerName: string,
  chain: readonly DelegationToken[] | string,
): AuthorizedReceipt {
  return plain(Receipt.signAuthorized(key, action, signerName, chain));
}

/** Verifies a receipt that rests on a delegation, from a trusted root down to the call;
 * answers the scope that allowed it, and throws what is wrong. */
export function verifyAuthorized(
  receipt: Evidence,
  trustedRoots: readonly string[],
  clockSkewSecs = 60,
): Scope {
  return withReceipt(receipt, (one) => {
    if (one.version !== 4) {
      throw new ReceiptVersionError(`a receipt of version ${one.version} rests on no delegation`);
    }
    return one.verify([], { roots: trustedRoots, skewSeconds: clockSkewSecs }).scope!;
  });
}

// What the library made of a policy, so that its rate limits count from call to call. The
// same text is the same policy; one that was changed is read anew, and counts on for rules
// of the same id.
const compiled = new WeakMap<object, { text: string; policy: CompiledPolicy }>();
const policies = new Map<string, CompiledPolicy>();
const MOST_POLICIES = 256;

function compile(policy: Policy): CompiledPolicy {
  const text = Buffer.from(toJson(policy)).toString("utf8");
  const known = compiled.get(policy);
  if (known?.text === text) return known.policy;
  const same = known === undefined ? policies.get(text) : undefined;
  return remember(policy, text, same ?? CompiledPolicy.parse(text, "json", known?.policy));
}

function remember(policy: Policy, text: string, made: CompiledPolicy): CompiledPolicy {
  const [oldest] = policies.keys();
  if (policies.size >= MOST_POLICIES && oldest !== undefined) policies.delete(oldest);
  policies.set(text, made);
  compiled.set(policy, { text, policy: made });
  return made;
}

/** Reads a policy. Its rate limits count within this thread. */
export function parsePolicyYaml(text: string): Policy {
  return parsed(text, "yaml");
}

/** The same for JSON. */
export function parsePolicyJson(text: string): Policy {
  return parsed(text, "json");
}

function parsed(text: string, format: "yaml" | "json"): Policy {
  const policy = CompiledPolicy.parse(text, format);
  try {
    return JSON.parse(policy.json) as Policy;
  } finally {
    policy.close();
  }
}

/** Decides about a call. */
export function evaluatePolicy(
  action: SignetAction,
  agentName: string,
  policy: Policy,
): PolicyEvalResult {
  return compile(policy).evaluate(action, agentName).details;
}

/** Decides about a call and, if it is allowed, signs it with the attestation of the
 * decision. Otherwise it throws. */
export function signWithPolicy(
  secretKey: Secret,
  action: SignetAction,
  signerName: string,
  signerOwner: string,
  policy: Policy,
): { receipt: SignetReceipt; eval: PolicyEvalResult } {
  const signed = compile(policy).sign(secretKey, action, signerName, { owner: signerOwner });
  return { receipt: plain(signed.receipt), eval: signed.decision.details };
}

/** The hash of a policy, as it stands in receipts. */
export function computePolicyHash(policy: Policy): string {
  return compile(policy).hash;
}

/** A value as canonical JSON (RFC 8785). Strings are JSON text. */
export function canonicalize(value: string | object): string {
  return takeText(make(lib().signet_json_canonicalize, ...json(value), null));
}

/** The hash of a value as receipts hash params. Strings are JSON text. */
export function jsonHash(value: string | object): string {
  const hash = new Uint8Array(SIGNET_HASH_LEN);
  check(lib().signet_json_hash, ...json(value), null, hash);
  return hashText(hash);
}
