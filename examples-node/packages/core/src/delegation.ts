// Delegations as objects of the library, and chains of them.

import { SIGNET_DELEGATION_ID } from "./abi.js";
import type { SignetDelegationOptions } from "./abi.js";
import { check, make, takeText, viewText } from "./call.js";
import { Handle, pointerOf } from "./handle.js";
import type { Key, Secret } from "./keys.js";
import { lib, structType } from "./library.js";
import type { Pointer } from "./native.js";
import { fixed, json, parseOptions, text, unixMs, verifyOptions } from "./options.js";
import type { ParseOptions, Time, VerifyOptions } from "./options.js";
import { scoped } from "./scope.js";
import type { Scope } from "./types.js";

export interface DelegationOptions {
  /** The scope that the delegator holds itself; the new one must narrow it. */
  readonly parentScope?: string | object;
  readonly delegatorPrincipal?: string;
  readonly delegatePrincipal?: string;
  /** Sign as of this time instead of the system clock. */
  readonly at?: Time;
  /** 16 bytes instead of random ones: for reproducible tests only. */
  readonly nonce?: Uint8Array;
}

/** A signed statement that one key lets another act within a scope. */
export class Delegation extends Handle<"signet_delegation"> {
  static sign(
    delegator: Secret,
    delegatorName: string,
    delegate: Key,
    delegateName: string,
    scope: string | object,
    options: DelegationOptions = {},
  ): Delegation {
    const { at, nonce } = options;
    const given: SignetDelegationOptions = {
      struct_size: structType("signet_delegation_options").size,
      flags: fixed(at, nonce),
    };
    if (at !== undefined) given.now_unix_ms = unixMs(at);
    if (nonce) given.nonce = nonce;
    if (options.parentScope !== undefined) {
      [given.parent_scope, given.parent_scope_len] = json(options.parentScope);
    }
    if (options.delegatorPrincipal !== undefined) {
      [given.delegator_principal, given.delegator_principal_len] = text(options.delegatorPrincipal);
    }
    if (options.delegatePrincipal !== undefined) {
      [given.delegate_principal, given.delegate_principal_len] = text(options.delegatePrincipal);
    }
    return scoped(
      (borrowed) =>
        new Delegation(
          make(
            lib().signet_delegation_sign,
            borrowed.keypair(delegator),
            ...text(delegatorName),
            borrowed.key(delegate),
            ...text(delegateName),
            ...json(scope),
            given,
          ),
        ),
    );
  }

  /** Reads a delegation. Its shape is checked, its signature is not. */
  static parse(token: string | object, options?: ParseOptions): Delegation {
    return new Delegation(
      make(lib().signet_delegation_parse, ...json(token), parseOptions(options)),
    );
  }

  /** @internal */
  constructor(pointer: Pointer<"signet_delegation">) {
    super(pointer, lib().signet_delegation_free);
  }

  /** The canonical JSON text. */
  get json(): string {
    return viewText(lib().signet_delegation_json, pointerOf(this)) ?? "";
  }

  toJSON(): unknown {
    return JSON.parse(this.json);
  }

  get id(): string {
    return viewText(lib().signet_delegation_text, pointerOf(this), SIGNET_DELEGATION_ID) ?? "";
  }

  /** Throws unless it holds; with roots or a bundle, unless a trusted root delegates. */
  verify(options: VerifyOptions = {}): void {
    scoped((scope) =>
      check(lib().signet_delegation_verify, pointerOf(this), verifyOptions(options, scope)),
    );
  }
}

/** Verifies a chain from a trusted root to its end; answers what the key at the end may
 * do, and throws what is wrong. */
export function verifyChain(
  chain: string | object,
  roots: readonly Key[],
  options: VerifyOptions = {},
): Scope {
  return scoped(
    (scope) =>
      JSON.parse(
        takeText(
          make(
            lib().signet_chain_verify,
            ...json(chain),
            scope.keys(roots),
            roots.length,
            verifyOptions(options, scope),
          ),
        ),
      ) as Scope,
  );
}
