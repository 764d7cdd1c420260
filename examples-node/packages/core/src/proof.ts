// Proofs about logs, verified offline.

import { SIGNET_HASH_LEN } from "./abi.js";
import { check, count, hashText, make, takeText } from "./call.js";
import { InvalidArgumentError } from "./errors.js";
import { lib } from "./library.js";
import { text } from "./options.js";

/** Where a proof shows a record to be. */
export interface ProofPosition {
  /** The number of the record in the log, from 0. */
  readonly index: number;
  /** How many records the checkpoint covers. */
  readonly size: number;
}

/** Verifies a proof file: that the record with this hash (`sha256:<hex>`) stands in the
 * log whose verifier key this is. Throws if it does not. */
export function verifyProof(proof: string, recordHash: string, vkey: string): ProofPosition {
  const index = new BigUint64Array(1);
  const size = new BigUint64Array(1);
  check(lib().signet_proof_verify, ...text(proof), hashBytes(recordHash), ...text(vkey), index, size);
  return { index: count(index[0]!), size: count(size[0]!) };
}

/** Verifies that one checkpoint of a log continues another. Throws if it does not. */
export function verifyConsistency(
  oldNote: string,
  newNote: string,
  proof: string,
  vkey: string,
): void {
  check(
    lib().signet_consistency_verify,
    ...text(oldNote),
    ...text(newNote),
    ...text(proof),
    ...text(vkey),
  );
}

/** The hash of a record's line, computed anew: what a proof is about. */
export function recordHash(line: string): string {
  const hash = new Uint8Array(SIGNET_HASH_LEN);
  check(lib().signet_record_hash, ...text(line), hash);
  return hashText(hash);
}

/** What opening a log would change, without changing anything. */
export function planRepair(auditFolder: string): Record<string, unknown> {
  return JSON.parse(takeText(make(lib().signet_log_plan_repair, ...text(auditFolder)))) as Record<
    string,
    unknown
  >;
}

function hashBytes(hash: string): Uint8Array {
  const [, digits] = /^sha256:([0-9a-f]{64})$/.exec(hash) ?? [];
  if (digits === undefined) throw new InvalidArgumentError("a hash is sha256: and 64 hex digits");
  return Buffer.from(digits, "hex");
}
