// Receipts and their parts as plain JSON, as they travel.

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** A new key pair: base64 of the seed, and `ed25519:<base64>`. */
export interface SignetKeypair {
  secretKey: string;
  publicKey: string;
}

/** A tool call. */
export interface SignetAction {
  tool: string;
  /** Any JSON value. A BigInt is signed with every digit. */
  params?: unknown;
  params_hash?: string;
  target?: string;
  transport?: string;
  session?: string;
  call_id?: string;
  response_hash?: string;
  trace_id?: string;
  parent_receipt_id?: string;
}

export interface SignetSigner {
  pubkey: string;
  name: string;
  owner: string;
}

/** A tool call that an agent has signed (version 1). */
export interface SignetReceipt {
  v: number;
  id: string;
  action: SignetAction & { params_hash: string };
  signer: SignetSigner;
  ts: string;
  nonce: string;
  sig: string;
  exp?: string;
  policy?: PolicyAttestation;
}

export interface SignetOutcome {
  status: "verified" | "rejected" | "requires_approval" | "executed" | "failed";
  reason?: string;
  error?: string;
}

export interface SignetResponse {
  content_hash: string;
  outcome?: SignetOutcome;
}

/** A tool call and its response under one signature (version 2). */
export interface CompoundReceipt {
  v: number;
  id: string;
  action: SignetAction & { params_hash: string };
  response: SignetResponse;
  signer: SignetSigner;
  ts_request: string;
  ts_response: string;
  nonce: string;
  sig: string;
}

export interface ServerInfo {
  pubkey: string;
  name: string;
}

/** A receipt that a server has co-signed (version 3). */
export interface BilateralReceipt {
  v: number;
  id: string;
  agent_receipt: SignetReceipt;
  response: SignetResponse;
  server: ServerInfo;
  ts_response: string;
  nonce: string;
  sig: string;
  /** No signature covers it. */
  extensions?: unknown;
}

export interface Scope {
  tools: string[];
  targets: string[];
  max_depth: number;
  expires?: string | null;
}

/** A signed statement that one key lets another act within a scope. */
export interface DelegationToken {
  v: number;
  id: string;
  delegator: { pubkey: string; name: string; principal?: string };
  delegate: { pubkey: string; name: string; principal?: string };
  scope: Scope;
  issued_at: string;
  nonce: string;
  sig: string;
}

export interface Authorization {
  chain: DelegationToken[];
  chain_hash: string;
  root_pubkey: string;
}

/** A tool call on the authority of delegations (version 4). */
export interface AuthorizedReceipt extends SignetReceipt {
  authorization: Authorization;
}

/** A policy, as it is written. */
export type Policy = Record<string, unknown>;

export interface PolicyEvalResult {
  decision: "allow" | "deny" | "require_approval";
  matched_rules: string[];
  winning_rule: string | null;
  reason: string;
  policy_name: string;
  policy_hash: string;
  obligations?: unknown[];
}

export interface PolicyAttestation {
  policy_hash: string;
  policy_name: string;
  matched_rules: string[];
  decision: string;
  reason: string;
}
