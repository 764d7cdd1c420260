// Params that are encrypted in the log, and the keys that open them.

import { SIGNET_PARAMS_KEY_LEN } from "./abi.js";
import { check, make, takeText } from "./call.js";
import { Handle, pointerOf } from "./handle.js";
import { exactly } from "./keys.js";
import type { Key, Secret } from "./keys.js";
import { lib } from "./library.js";
import type { Pointer } from "./native.js";
import { json } from "./options.js";
import { scoped } from "./scope.js";

/** The key that encrypts one signer's params in the log. It cannot sign, so it can be
 * lent to an auditor. */
export class ParamsKey extends Handle<"signet_params_key"> {
  /** Derives the params key of a signer. */
  static derive(signer: Secret): ParamsKey {
    return scoped(
      (scope) => new ParamsKey(make(lib().signet_params_key_derive, scope.keypair(signer))),
    );
  }

  /** Makes a params key of the 32 bytes that its owner has lent. */
  static fromBytes(signer: Key, bytes: Uint8Array): ParamsKey {
    exactly(bytes, SIGNET_PARAMS_KEY_LEN, "a params key");
    return scoped(
      (scope) => new ParamsKey(make(lib().signet_params_key_from_bytes, scope.key(signer), bytes)),
    );
  }

  /** @internal */
  constructor(pointer: Pointer<"signet_params_key">) {
    super(pointer, lib().signet_params_key_free);
  }

  /** The secret bytes, to lend them to somebody who may read. */
  export(): Uint8Array {
    const bytes = new Uint8Array(SIGNET_PARAMS_KEY_LEN);
    check(lib().signet_params_key_export, pointerOf(this), bytes);
    return bytes;
  }

  /** Encrypts the params of a receipt: the JSON text to append instead of the receipt. */
  seal(receipt: string | object): string {
    return takeText(make(lib().signet_params_key_seal, pointerOf(this), ...json(receipt)));
  }

  /** Opens a record and rebuilds its receipt, JSON text, byte for byte. */
  open(record: string | object): string {
    return takeText(make(lib().signet_params_key_open, pointerOf(this), ...json(record)));
  }
}
