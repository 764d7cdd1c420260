// What lives as long as one call: keys parsed from texts, and handles that are lent.

import { hold, mustBe, pointerOf } from "./handle.js";
import type { Handle } from "./handle.js";
import { Keypair, PublicKey } from "./keys.js";
import type { Key, Secret } from "./keys.js";
import { lib } from "./library.js";
import type { Pointer } from "./native.js";

// Parsing a key costs half a verification, and the same few keys are trusted again and
// again. Those that drop out are released when no call uses them any more.
const recent = new Map<string, PublicKey>();
const MOST = 64;

function parsed(text: string): PublicKey {
  const known = recent.get(text);
  if (known !== undefined) return known;
  const key = PublicKey.parse(text);
  const [oldest] = recent.keys();
  if (recent.size >= MOST && oldest !== undefined) recent.delete(oldest);
  recent.set(text, key);
  return key;
}

/** Collects what a call borrows; `close` gives it back. */
export class Scope {
  readonly #undo: (() => void)[] = [];

  /** A handle, which stays open until the scope is closed. */
  lend<Kind extends string>(handle: Handle<Kind>): Pointer<Kind> {
    const pointer = pointerOf(handle);
    this.#undo.push(hold(handle));
    return pointer;
  }

  /** As `lend`, where there may be none. */
  maybe<Kind extends string>(handle: Handle<Kind> | null | undefined): Pointer<Kind> | null {
    return handle == null ? null : this.lend(handle);
  }

  /** A public key, parsed if it is a text. */
  key(key: Key): Pointer<"signet_public_key"> {
    return this.lend(typeof key === "string" ? parsed(key) : mustBe(key, PublicKey));
  }

  /** Public keys, as an array to pass; null for none. */
  keys(keys: readonly Key[]): BigUint64Array | null {
    return keys.length === 0 ? null : BigUint64Array.from(keys, (key) => this.key(key));
  }

  /** A key pair, made from its secret if it is a text. */
  keypair(secret: Secret): Pointer<"signet_keypair"> {
    if (typeof secret !== "string") return this.lend(mustBe(secret, Keypair));
    const pointer = Keypair.pointerFromText(secret);
    this.#undo.push(() => lib().signet_keypair_free(pointer));
    return pointer;
  }

  /** A handle that the call made for itself. */
  own<Kind extends string>(
    pointer: Pointer<Kind>,
    free: (pointer: Pointer<Kind>) => void,
  ): Pointer<Kind> {
    this.#undo.push(() => free(pointer));
    return pointer;
  }

  close(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
  }
}

/** Runs a call with a scope that ends with it. */
export function scoped<R>(run: (scope: Scope) => R): R {
  const scope = new Scope();
  try {
    return run(scope);
  } finally {
    scope.close();
  }
}

/** The same for a call on another thread. */
export async function scopedInBackground<R>(run: (scope: Scope) => Promise<R>): Promise<R> {
  const scope = new Scope();
  try {
    return await run(scope);
  } finally {
    scope.close();
  }
}
