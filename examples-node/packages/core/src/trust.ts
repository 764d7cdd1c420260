// Trust bundles: keys that may delegate, sign and co-sign, each within its time.

import {
  SIGNET_FORMAT_ANY,
  SIGNET_FORMAT_JSON,
  SIGNET_FORMAT_YAML,
  SIGNET_SECTION_AGENTS,
  SIGNET_SECTION_ALL,
  SIGNET_SECTION_ROOTS,
  SIGNET_SECTION_SERVERS,
  SIGNET_TRUST_BUNDLE_ENV,
  SIGNET_TRUST_BUNDLE_HASH,
  SIGNET_TRUST_BUNDLE_ID,
  SIGNET_TRUST_BUNDLE_ORG,
} from "./abi.js";
import { check, make, takeText, viewText } from "./call.js";
import { InvalidArgumentError } from "./errors.js";
import { Handle, pointerOf } from "./handle.js";
import type { Key } from "./keys.js";
import { lib } from "./library.js";
import type { Pointer } from "./native.js";
import { json, unixMs } from "./options.js";
import type { Time } from "./options.js";
import { scoped } from "./scope.js";

/** What a document is written in; "any" is JSON when it reads as JSON, otherwise YAML. */
export type Format = "any" | "json" | "yaml";

export function formatNumber(format: Format): number {
  return choice({ any: SIGNET_FORMAT_ANY, json: SIGNET_FORMAT_JSON, yaml: SIGNET_FORMAT_YAML }, format);
}

/** The number that a word stands for. */
export function choice(words: Readonly<Record<string, number>>, word: string): number {
  const number = Object.hasOwn(words, word) ? words[word] : undefined;
  if (number !== undefined) return number;
  throw new InvalidArgumentError(`${JSON.stringify(word)} is none of ${Object.keys(words).join(", ")}`);
}

export type Section = "roots" | "agents" | "servers";

const SECTIONS = {
  roots: SIGNET_SECTION_ROOTS,
  agents: SIGNET_SECTION_AGENTS,
  servers: SIGNET_SECTION_SERVERS,
};

/** A key of a bundle, and what it is worth at a time. */
export interface TrustEntry {
  readonly section: Section;
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly pubkey: string;
  readonly status: "active" | "disabled" | "revoked" | "expired";
  readonly created_at: string;
  readonly expires_at?: string;
  readonly disabled_from?: string;
  readonly revoked_from?: string;
  readonly comment?: string;
}

/** A set of trusted keys. The document is not signed: whoever hands it over decides what
 * is trusted. */
export class TrustBundle extends Handle<"signet_trust_bundle"> {
  /** Reads a bundle from its text, or from the object that such a text was. */
  static parse(document: string | object, format: Format = "any"): TrustBundle {
    return new TrustBundle(
      make(lib().signet_trust_bundle_parse, ...json(document), formatNumber(format)),
    );
  }

  /** @internal */
  constructor(pointer: Pointer<"signet_trust_bundle">) {
    super(pointer, lib().signet_trust_bundle_free);
  }

  /** The bundle as canonical JSON. */
  get json(): string {
    return viewText(lib().signet_trust_bundle_json, pointerOf(this)) ?? "";
  }

  get id(): string {
    return this.#text(SIGNET_TRUST_BUNDLE_ID);
  }

  get org(): string {
    return this.#text(SIGNET_TRUST_BUNDLE_ORG);
  }

  get env(): string {
    return this.#text(SIGNET_TRUST_BUNDLE_ENV);
  }

  /** The hash, the same for every spelling of one document. */
  get hash(): string {
    return this.#text(SIGNET_TRUST_BUNDLE_HASH);
  }

  /** Throws unless a key is trusted for something at a time, by default now. */
  check(section: Section, key: Key, at?: Time): void {
    const number = choice(SECTIONS, section);
    scoped((scope) =>
      check(lib().signet_trust_bundle_check, pointerOf(this), number, scope.key(key), unixMs(at)),
    );
  }

  /** The keys, in the order of the document. */
  list(section?: Section, at?: Time): TrustEntry[] {
    const number = section === undefined ? SIGNET_SECTION_ALL : choice(SECTIONS, section);
    const list = make(lib().signet_trust_bundle_list, pointerOf(this), number, unixMs(at));
    return JSON.parse(takeText(list)) as TrustEntry[];
  }

  #text(field: number): string {
    return viewText(lib().signet_trust_bundle_text, pointerOf(this), field) ?? "";
  }
}
