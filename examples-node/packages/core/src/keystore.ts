// Named identities on disk: "<home>/keys/<name>.key" and ".pub".

import { SIGNET_KEY_UNENCRYPTED, SIGNET_KEYSTORE_ALLOW_EXPOSED } from "./abi.js";
import type { SignetKeystoreOptions } from "./abi.js";
import { check, checkInBackground, make, makeInBackground, takeText } from "./call.js";
import { Handle, holding, pointerOf } from "./handle.js";
import { utf8 } from "./json.js";
import { Keypair, PublicKey } from "./keys.js";
import { lib, structType } from "./library.js";
import type { Pointer } from "./native.js";

export interface KeystoreOptions {
  /** Load unencrypted keys that other users can read or replace. */
  readonly allowExposed?: boolean;
  /** Argon2id passes and memory of the keys that are written. */
  readonly kdfPasses?: number;
  readonly kdfMemoryKib?: number;
  /** The most that a key file may ask for. */
  readonly maxPasses?: number;
  readonly maxMemoryKib?: number;
}

/** How to store an identity. `null` writes the secret without encryption, on purpose. */
export interface NewIdentity {
  readonly owner?: string;
  readonly passphrase: string | null;
}

/** An identity as `list` shows it. */
export interface IdentityInfo {
  readonly name: string;
  readonly secret?: "missing" | "unencrypted" | "encrypted";
  readonly exposed?: boolean;
  readonly public_key?: string;
  readonly owner?: string;
  readonly principal?: string;
  readonly created_at?: string;
  readonly error?: string;
}

/** The identities of one home folder. Passphrases cost time on purpose: the calls that
 * need one have a variant that runs on a thread of its own. */
export class Keystore extends Handle<"signet_keystore"> {
  static open(home: string, options: KeystoreOptions = {}): Keystore {
    const path = utf8(home);
    const given: SignetKeystoreOptions = {
      struct_size: structType("signet_keystore_options").size,
      flags: options.allowExposed ? SIGNET_KEYSTORE_ALLOW_EXPOSED : 0,
      kdf_passes: options.kdfPasses ?? 0,
      kdf_memory_kib: options.kdfMemoryKib ?? 0,
      max_passes: options.maxPasses ?? 0,
      max_memory_kib: options.maxMemoryKib ?? 0,
    };
    return new Keystore(make(lib().signet_keystore_open, path, path.length, given));
  }

  /** @internal */
  constructor(pointer: Pointer<"signet_keystore">) {
    super(pointer, lib().signet_keystore_free);
  }

  /** Makes a new identity. */
  create(name: string, identity: NewIdentity): Keypair {
    return new Keypair(make(lib().signet_keystore_create, ...this.#creation(name, identity)));
  }

  async createAsync(name: string, identity: NewIdentity): Promise<Keypair> {
    const parameters = this.#creation(name, identity);
    const call = lib().signet_keystore_create;
    return new Keypair(await holding([this], () => makeInBackground(call, ...parameters)));
  }

  /** Stores a secret that exists already: 32 or 64 bytes. */
  import(name: string, secret: Uint8Array, identity: NewIdentity): Keypair {
    const [keystore, ...rest] = this.#creation(name, identity);
    const [text, length, owner, ownerLength, ...passphrase] = rest;
    return new Keypair(
      make(
        lib().signet_keystore_import,
        keystore,
        text,
        length,
        owner,
        ownerLength,
        secret,
        secret.length,
        ...passphrase,
      ),
    );
  }

  /** Loads an identity. Keep the key pair: opening it again costs the time again. */
  load(name: string, passphrase = ""): Keypair {
    return new Keypair(make(lib().signet_keystore_load, ...this.#named(name), ...text(passphrase)));
  }

  async loadAsync(name: string, passphrase = ""): Promise<Keypair> {
    const parameters = [...this.#named(name), ...text(passphrase)] as const;
    const call = lib().signet_keystore_load;
    return new Keypair(await holding([this], () => makeInBackground(call, ...parameters)));
  }

  /** The identities, sorted by name. */
  list(): IdentityInfo[] {
    const json = takeText(make(lib().signet_keystore_list, pointerOf(this)));
    return JSON.parse(json) as IdentityInfo[];
  }

  /** The public key of an identity; no passphrase is needed. */
  publicKey(name: string): PublicKey {
    return new PublicKey(make(lib().signet_keystore_public_key, ...this.#named(name)));
  }

  /** The text of an identity's ".pub" file. */
  exportPublic(name: string): string {
    return takeText(make(lib().signet_keystore_export_public, ...this.#named(name)));
  }

  /** Encrypts a secret anew; `null` on either side: not encrypted. */
  changePassphrase(name: string, current: string | null, next: string | null): void {
    check(lib().signet_keystore_change_passphrase, ...this.#change(name, current, next));
  }

  async changePassphraseAsync(
    name: string,
    current: string | null,
    next: string | null,
  ): Promise<void> {
    const parameters = this.#change(name, current, next);
    const call = lib().signet_keystore_change_passphrase;
    await holding([this], () => checkInBackground(call, ...parameters));
  }

  /** Deletes an identity: its secret and its ".pub" file. */
  delete(name: string): void {
    check(lib().signet_keystore_delete, ...this.#named(name));
  }

  #named(name: string): [Pointer<"signet_keystore">, Uint8Array, number] {
    return [pointerOf(this), ...text(name)];
  }

  #creation(name: string, { owner = "", passphrase }: NewIdentity) {
    return [
      ...this.#named(name),
      ...text(owner),
      ...text(passphrase ?? ""),
      passphrase === null ? SIGNET_KEY_UNENCRYPTED : 0,
    ] as const;
  }

  #change(name: string, current: string | null, next: string | null) {
    return [
      ...this.#named(name),
      ...text(current ?? ""),
      ...text(next ?? ""),
      next === null ? SIGNET_KEY_UNENCRYPTED : 0,
    ] as const;
  }
}

function text(value: string): [Uint8Array, number] {
  const bytes = utf8(value);
  return [bytes, bytes.length];
}
