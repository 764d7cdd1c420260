// Memories of the nonces that were used, which make a request pass once.

import { PublicKey, ReplayStore } from "@signet-auth/core";

/** Whatever uses a nonce in one step: true the first time, false every other time. */
export interface NonceChecker {
  check(signerPubkey: string, nonce: string): boolean;
}

let store: (cache: NonceCache) => ReplayStore;

/**
 * Nonces in memory, for one process. Nothing is forgotten while it could still be
 * presented: when there is no room, `check` throws, and `verifyRequest` refuses.
 */
export class NonceCache implements NonceChecker {
  readonly #store: ReplayStore;
  readonly #ttlMs: number;

  static {
    store = (cache) => cache.#store;
  }

  /** `ttlMs` counts for `check`; a verified request is remembered as long as it is fresh. */
  constructor(ttlMs = 300_000, maxSize = 100_000, kept?: ReplayStore) {
    this.#store = kept ?? ReplayStore.memory(maxSize);
    this.#ttlMs = ttlMs;
  }

  /** Uses a nonce: true the first time, false every other time. */
  check(signerPubkey: string, nonce: string): boolean {
    return this.#store.useOnce(signerPubkey, nonce, this.#ttlMs);
  }

  /** How many nonces are remembered, as far as this process has seen. */
  get size(): number {
    return this.#store.length;
  }
}

/** Nonces in a file, for all processes that use it, and across restarts. A file that cannot
 * be read, written or understood is an error, never an empty memory. */
export class FileNonceCache extends NonceCache {
  constructor(path: string, ttlMs = 300_000, maxSize = 100_000) {
    super(ttlMs, maxSize, ReplayStore.file(path, { form: "typescript", capacity: maxSize }));
  }
}

const bridged = new WeakMap<NonceChecker, ReplayStore>();

/** The store behind a checker, also behind one that is not of this package. */
export function storeOf(checker: NonceChecker): ReplayStore {
  if (checker instanceof NonceCache) return store(checker);
  let made = bridged.get(checker);
  if (made === undefined) {
    made = ReplayStore.fromCallback((signer, nonce) => {
      const key = signer === null ? null : PublicKey.fromBytes(signer);
      try {
        return checker.check(key?.prefixed ?? "", nonce) === true ? "fresh" : "replayed";
      } finally {
        key?.close();
      }
    });
    bridged.set(checker, made);
  }
  return made;
}
