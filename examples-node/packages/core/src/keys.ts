// Public keys and key pairs.

import koffi from "koffi";

import {
  SIGNET_KEY_TEXT_BARE,
  SIGNET_KEY_TEXT_DID,
  SIGNET_KEY_TEXT_ID,
  SIGNET_KEY_TEXT_PREFIXED,
  SIGNET_PUBLIC_KEY_LEN,
  SIGNET_SEED_LEN,
  SIGNET_SIGNATURE_LEN,
} from "./abi.js";
import { bytesAt, check, make, runSigner, viewText } from "./call.js";
import { lasting } from "./callbacks.js";
import {
  IdMismatchError,
  InvalidArgumentError,
  KeyInvalidError,
  KeyMismatchError,
  ParamsHashMismatchError,
  SignatureInvalidError,
  SignerUntrustedError,
} from "./errors.js";
import { Handle, pointerOf } from "./handle.js";
import { utf8 } from "./json.js";
import { lib } from "./library.js";
import type { Pointer } from "./native.js";

/** A public key: `ed25519:<base64>`, bare base64, did:key, or an object. */
export type Key = string | PublicKey;

/** A secret: base64 of a 32-byte seed or of seed and public key, or a key pair. */
export type Secret = string | Keypair;

/** An Ed25519 public key. */
export class PublicKey extends Handle<"signet_public_key"> {
  /** Reads a key from text. */
  static parse(text: string): PublicKey {
    const bytes = utf8(text);
    return new PublicKey(make(lib().signet_public_key_parse, bytes, bytes.length));
  }

  /** Takes a key from its 32 bytes. */
  static fromBytes(bytes: Uint8Array): PublicKey {
    exactly(bytes, SIGNET_PUBLIC_KEY_LEN, "a public key");
    return new PublicKey(make(lib().signet_public_key_from_bytes, bytes));
  }

  /** @internal */
  constructor(pointer: Pointer<"signet_public_key">) {
    super(pointer, lib().signet_public_key_free);
  }

  /** `ed25519:` and the base64 of the bytes, as in receipts. */
  get prefixed(): string {
    return this.#text(SIGNET_KEY_TEXT_PREFIXED);
  }

  /** The base64 of the bytes, as in .pub files. */
  get bare(): string {
    return this.#text(SIGNET_KEY_TEXT_BARE);
  }

  /** The did:key identifier. */
  get did(): string {
    return this.#text(SIGNET_KEY_TEXT_DID);
  }

  /** The key id: the RFC 7638 thumbprint. */
  get id(): string {
    return this.#text(SIGNET_KEY_TEXT_ID);
  }

  /** The 32 bytes. */
  get bytes(): Uint8Array {
    const bytes = new Uint8Array(SIGNET_PUBLIC_KEY_LEN);
    check(lib().signet_public_key_bytes, pointerOf(this), bytes);
    return bytes;
  }

  /** Whether a bare signature of a message is by this key. */
  verify(message: Uint8Array, signature: Uint8Array): boolean {
    if (signature.length !== SIGNET_SIGNATURE_LEN) return false;
    const { signet_public_key_verify } = lib();
    return holds(() =>
      check(signet_public_key_verify, pointerOf(this), message, message.length, signature),
    );
  }

  override toString(): string {
    return this.prefixed;
  }

  #text(form: number): string {
    return viewText(lib().signet_public_key_text, pointerOf(this), form) ?? "";
  }
}

/** An Ed25519 key pair: a secret in the library's memory, or a signer elsewhere. */
export class Keypair extends Handle<"signet_keypair"> {
  /** Makes a new key pair from the system's random number generator. */
  static generate(): Keypair {
    return new Keypair(make(lib().signet_keypair_generate));
  }

  /** Takes a key pair from its secret: base64, or 32 or 64 bytes. */
  static fromSecret(secret: string | Uint8Array): Keypair {
    if (typeof secret === "string") return new Keypair(Keypair.pointerFromText(secret));
    return new Keypair(make(lib().signet_keypair_from_secret, secret, secret.length));
  }

  /**
   * A key pair whose signatures come from a function: an HSM, a key agent, a cloud KMS.
   * It is called during the call that needs the signature, and has to answer at once.
   * What it answers is verified before it is used.
   */
  static fromSigner(publicKey: Key, sign: (message: Uint8Array) => Uint8Array): Keypair {
    const callback = lasting(
      "signet_sign_callback",
      (message: bigint | null, length: number | bigint, out: bigint): number =>
        runSigner(() => {
          const signature = sign(bytesAt(message, Number(length)));
          exactly(signature, SIGNET_SIGNATURE_LEN, "a signature");
          koffi.encode(out, "uint8_t", signature, SIGNET_SIGNATURE_LEN);
        }),
    );
    const key = typeof publicKey === "string" ? PublicKey.parse(publicKey) : publicKey;
    try {
      return new Keypair(
        make(
          lib().signet_keypair_from_signer,
          pointerOf(key),
          callback.pointer,
          callback.name,
          callback.free,
        ),
      );
    } finally {
      if (key !== publicKey) key.close();
    }
  }

  /** @internal */
  static pointerFromText(secret: string): Pointer<"signet_keypair"> {
    const bytes = Buffer.from(secret, "base64");
    // Buffer skips what is no base64, and would take a mistyped secret for another.
    const sound = bytes.toString("base64") === secret;
    try {
      if (!sound) throw new KeyInvalidError("a secret key is the standard base64 of 32 or 64 bytes");
      return make(lib().signet_keypair_from_secret, bytes, bytes.length);
    } finally {
      bytes.fill(0);
    }
  }

  /** @internal */
  constructor(pointer: Pointer<"signet_keypair">) {
    super(pointer, lib().signet_keypair_free);
  }

  /** The public half, for the caller to close. */
  get publicKey(): PublicKey {
    return new PublicKey(make(lib().signet_keypair_public_key, pointerOf(this)));
  }

  /** The public half as text, `ed25519:<base64>`. */
  get publicText(): string {
    const key = this.publicKey;
    try {
      return key.prefixed;
    } finally {
      key.close();
    }
  }

  /** A bare signature of a message. */
  sign(message: Uint8Array): Uint8Array {
    const signature = new Uint8Array(SIGNET_SIGNATURE_LEN);
    check(lib().signet_keypair_sign, pointerOf(this), message, message.length, signature);
    return signature;
  }

  /** The secret in base64, to be kept somewhere safe. */
  exportSecret(): string {
    const seed = Buffer.alloc(SIGNET_SEED_LEN);
    try {
      check(lib().signet_keypair_export_seed, pointerOf(this), seed);
      return seed.toString("base64");
    } finally {
      seed.fill(0);
    }
  }
}

/** Throws unless there are exactly so many bytes: the library reads them without asking. */
export function exactly(bytes: Uint8Array, length: number, what: string): void {
  if (!(bytes instanceof Uint8Array) || bytes.length !== length) {
    throw new InvalidArgumentError(`${what} has ${length} bytes`);
  }
}

const MISMATCHES = [
  SignatureInvalidError,
  KeyMismatchError,
  IdMismatchError,
  ParamsHashMismatchError,
  SignerUntrustedError,
];

/**
 * Whether a verification passes. A wrong signature, key, id or hash is false, as in the
 * published packages; what cannot be judged, and what has expired, throws.
 */
export function holds(verify: () => void, ...alsoFalse: (typeof MISMATCHES)[number][]): boolean {
  try {
    verify();
    return true;
  } catch (error) {
    if ([...MISMATCHES, ...alsoFalse].some((kind) => error instanceof kind)) return false;
    throw error;
  }
}
