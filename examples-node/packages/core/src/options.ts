// Option structs of signing and verifying.

import {
  SIGNET_ANY_WINDOW,
  SIGNET_NONCE_LEN,
  SIGNET_NOW,
  SIGNET_PARSE_FORENSIC,
  SIGNET_SIGN_AT,
  SIGNET_SIGN_FIXED_NONCE,
  SIGNET_SIGN_HASH_ONLY,
  SIGNET_VERIFY_ANY_AGENT,
  SIGNET_VERIFY_AT,
  SIGNET_VERIFY_IGNORE_EXPIRY,
  SIGNET_VERIFY_NO_SKEW,
} from "./abi.js";
import type {
  SignetCoSignOptions,
  SignetParseOptions,
  SignetSignOptions,
  SignetVerifyOptions,
} from "./abi.js";
import { InvalidArgumentError } from "./errors.js";
import { jsonText, toJson, utf8 } from "./json.js";
import { exactly } from "./keys.js";
import type { Key } from "./keys.js";
import { structType } from "./library.js";
import type { Scope } from "./scope.js";
import type { TrustBundle } from "./trust.js";

/** A time: a date, or milliseconds since 1970-01-01T00:00:00Z. */
export type Time = Date | number;

/** Milliseconds of a time, as the library takes them; the system clock for none. */
export function unixMs(time: Time | undefined): bigint {
  if (time === undefined) return SIGNET_NOW;
  const ms = Number(time);
  if (!Number.isFinite(ms)) throw new InvalidArgumentError("the time is no time");
  return BigInt(Math.trunc(ms));
}

export interface ParseOptions {
  /** Read as laxly as the published Signet does, for forensic work only. */
  readonly forensic?: boolean;
  /** The deepest nesting of arrays and objects. */
  readonly maxDepth?: number;
  /** The largest text in bytes. */
  readonly maxLength?: number;
}

export function parseOptions(options: ParseOptions | undefined): SignetParseOptions | null {
  if (options === undefined) return null;
  return {
    struct_size: structType("signet_parse_options").size,
    flags: options.forensic ? SIGNET_PARSE_FORENSIC : 0,
    max_depth: options.maxDepth ?? 0,
    max_len: options.maxLength ?? 0,
  };
}

export interface SignOptions {
  /** Whom the signer works for. */
  readonly owner?: string;
  /** When the receipt expires, RFC 3339. */
  readonly expiresAt?: string;
  /** Keep only the hash of the params in the receipt. */
  readonly hashOnly?: boolean;
  /** Sign as of this time instead of the system clock. */
  readonly at?: Time;
  /** 16 bytes instead of random ones: for reproducible tests only. */
  readonly nonce?: Uint8Array;
  /** The largest action text in bytes. */
  readonly maxLength?: number;
}

/** The struct, or the NULL pointer where everything is as usual: koffi is faster with the
 * number than with null. */
export function signOptions(options: SignOptions): SignetSignOptions | 0n {
  const { expiresAt, hashOnly, at, nonce, maxLength } = options;
  if (expiresAt == null && !hashOnly && at === undefined && !nonce && !maxLength) return 0n;
  const made: SignetSignOptions = {
    struct_size: structType("signet_sign_options").size,
    flags: (hashOnly ? SIGNET_SIGN_HASH_ONLY : 0) | fixed(at, nonce),
    max_len: maxLength ?? 0,
  };
  if (expiresAt != null) {
    made.expires_at = utf8(expiresAt);
    made.expires_at_len = made.expires_at.length;
  }
  if (at !== undefined) made.now_unix_ms = unixMs(at);
  if (nonce) made.nonce = nonce;
  return made;
}

/** The flags of a fixed time and a fixed nonce. */
export function fixed(at: Time | undefined, nonce: Uint8Array | undefined): number {
  if (nonce) exactly(nonce, SIGNET_NONCE_LEN, "a nonce");
  return (at === undefined ? 0 : SIGNET_SIGN_AT) | (nonce ? SIGNET_SIGN_FIXED_NONCE : 0);
}

export interface CoSignOptions {
  /** Sign as of this time instead of the system clock. */
  readonly at?: Time;
  /** 16 bytes instead of random ones: for reproducible tests only. */
  readonly nonce?: Uint8Array;
  /** The largest response text in bytes. */
  readonly maxLength?: number;
  /** Anything to add as "extensions". NO SIGNATURE COVERS IT. */
  readonly unsignedExtensions?: unknown;
}

export function coSignOptions(options: CoSignOptions): SignetCoSignOptions {
  const { at, nonce, maxLength, unsignedExtensions } = options;
  const made: SignetCoSignOptions = {
    struct_size: structType("signet_co_sign_options").size,
    flags: fixed(at, nonce),
    max_len: maxLength ?? 0,
  };
  if (at !== undefined) made.now_unix_ms = unixMs(at);
  if (nonce) made.nonce = nonce;
  if (unsignedExtensions !== undefined) {
    made.unsigned_extensions = toJson(unsignedExtensions);
    made.unsigned_extensions_len = made.unsigned_extensions.length;
  }
  return made;
}

export interface VerifyOptions {
  /** The keys of servers that may co-sign (version 3). */
  readonly servers?: readonly Key[];
  /** The keys that may delegate in the first place (version 4). */
  readonly roots?: readonly Key[];
  /** Agents, servers and roots that are trusted besides. */
  readonly bundle?: TrustBundle;
  /** Judge as of this time instead of the system clock. */
  readonly at?: Time;
  /** How long after the agent a server may have signed; default 300. */
  readonly windowSeconds?: number | "any";
  /** How old the evidence may be; default any age. */
  readonly maxAgeSeconds?: number;
  /** By how much the clocks of signers and verifier may differ; default 60. */
  readonly skewSeconds?: number;
  /** How many delegations may stand between root and agent. */
  readonly maxLinks?: number;
  /** The session and the id that the call must have. */
  readonly session?: string;
  readonly callId?: string;
  /** The response that the receipt must speak of, or its JSON text. */
  readonly response?: unknown;
  /** Do not judge the expiry of receipts. */
  readonly ignoreExpiry?: boolean;
  /** In a co-signed receipt, take any agent whose signature holds under its own key. */
  readonly anyAgent?: boolean;
}

export function verifyOptions(options: VerifyOptions, scope: Scope): SignetVerifyOptions {
  const made: SignetVerifyOptions = {
    struct_size: structType("signet_verify_options").size,
    flags:
      (options.ignoreExpiry ? SIGNET_VERIFY_IGNORE_EXPIRY : 0) |
      (options.anyAgent ? SIGNET_VERIFY_ANY_AGENT : 0) |
      (options.at === undefined ? 0 : SIGNET_VERIFY_AT) |
      (options.skewSeconds === 0 ? SIGNET_VERIFY_NO_SKEW : 0),
    window_seconds:
      options.windowSeconds === "any"
        ? SIGNET_ANY_WINDOW
        : whole(options.windowSeconds, "windowSeconds"),
    max_age_seconds: whole(options.maxAgeSeconds, "maxAgeSeconds"),
    skew_seconds: whole(options.skewSeconds, "skewSeconds"),
    max_links: whole(options.maxLinks, "maxLinks"),
    servers: scope.keys(options.servers ?? []),
    servers_len: options.servers?.length ?? 0,
    roots: scope.keys(options.roots ?? []),
    roots_len: options.roots?.length ?? 0,
    bundle: scope.maybe(options.bundle),
  };
  if (options.at !== undefined) made.now_unix_ms = unixMs(options.at);
  const texts = {
    session: options.session === undefined ? undefined : utf8(options.session),
    call_id: options.callId === undefined ? undefined : utf8(options.callId),
    response: options.response === undefined ? undefined : toJson(options.response),
  };
  for (const [name, bytes] of Object.entries(texts)) {
    if (bytes !== undefined) Object.assign(made, { [name]: bytes, [`${name}_len`]: bytes.length });
  }
  return made;
}

/** A number of seconds or things; what is negative or no number is refused, because as
 * an unsigned number it would mean something else. */
export function whole(value: number | undefined, name: string): number {
  if (value === undefined) return 0;
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError(`${name} is not a whole number from 0`);
  }
  return value;
}

/** A value of JSON or its text, and the length of that. */
export function json(value: string | object): [Uint8Array, number] {
  const bytes = jsonText(value);
  return [bytes, bytes.length];
}

/** A value of JSON where a string is a value too, and the length of its text. */
export function jsonValue(value: unknown): [Uint8Array, number] {
  const bytes = toJson(value);
  return [bytes, bytes.length];
}

/** A text, and its length in bytes. */
export function text(value: string): [Uint8Array, number] {
  const bytes = utf8(value);
  return [bytes, bytes.length];
}
