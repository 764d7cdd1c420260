// Evidence bundles: records that leave the log, signed by whoever exports them.

import { SIGNET_BUNDLE_AT } from "./abi.js";
import type { SignetBundleOptions, SignetBundleVerifyOptions } from "./abi.js";
import { failure, make, takeText } from "./call.js";
import { BundleTamperedError, BundleUnverifiableError } from "./errors.js";
import type { SignetError } from "./errors.js";
import { mustBe, pointerOf } from "./handle.js";
import type { Key, Secret } from "./keys.js";
import { lib, structType } from "./library.js";
import { AuditLog, queryText } from "./log.js";
import type { LogQuery } from "./log.js";
import type { Pointer, Slot } from "./native.js";
import { text, unixMs } from "./options.js";
import type { Time } from "./options.js";
import { ParamsKey } from "./params-key.js";
import { scoped } from "./scope.js";
import type { TrustBundle } from "./trust.js";

export interface BundleOptions {
  /** The host that the bundle is made on. */
  readonly host?: string;
  /** A trust bundle to put in. */
  readonly bundle?: TrustBundle;
  /** When the bundle says it is made; the system clock by default. */
  readonly at?: Time;
}

/** Writes the records that a query matches into a new folder as an evidence bundle;
 * answers the manifest that was signed. */
export function writeBundle(
  log: AuditLog,
  query: LogQuery,
  folder: string,
  exporter: Secret,
  name: string,
  options: BundleOptions = {},
): Record<string, unknown> {
  return scoped((scope) => {
    const given: SignetBundleOptions = {
      struct_size: structType("signet_bundle_options").size,
      flags: options.at === undefined ? 0 : SIGNET_BUNDLE_AT,
      bundle: scope.maybe(options.bundle),
    };
    if (options.at !== undefined) given.now_unix_ms = unixMs(options.at);
    if (options.host !== undefined) [given.host, given.host_len] = text(options.host);
    const manifest = make(
      lib().signet_log_write_bundle,
      pointerOf(mustBe(log, AuditLog)),
      ...queryText(query),
      ...text(folder),
      scope.keypair(exporter),
      ...text(name),
      given,
    );
    return JSON.parse(takeText(manifest)) as Record<string, unknown>;
  });
}

export interface BundleVerifyOptions {
  /** What records are held to instead of the trust bundle that came with them. */
  readonly bundle?: TrustBundle;
  /** The keys that open encrypted params. */
  readonly paramsKeys?: readonly ParamsKey[];
}

/** What the verification of an evidence bundle answers. */
export interface BundleReport {
  readonly ok: boolean;
  /** The verdict as an error; undefined when all is well. */
  readonly error: SignetError | undefined;
  /** The library's report. */
  readonly details: Record<string, unknown>;
}

/** Verifies an evidence bundle. What keeps it from being judged at all is thrown. */
export function verifyBundle(
  folder: string,
  exporters: readonly Key[],
  options: BundleVerifyOptions = {},
): BundleReport {
  return scoped((scope) => {
    const paramsKeys = options.paramsKeys ?? [];
    const given: SignetBundleVerifyOptions = {
      struct_size: structType("signet_bundle_verify_options").size,
      flags: 0,
      bundle: scope.maybe(options.bundle),
      params_keys:
        paramsKeys.length === 0 ? null : BigUint64Array.from(paramsKeys, (key) => scope.lend(mustBe(key, ParamsKey))),
      params_keys_len: paramsKeys.length,
    };
    const report = new BigUint64Array(1) as Slot<"signet_buffer">;
    const errorSlot = new BigUint64Array(1) as Slot<"signet_error">;
    const keys = scope.keys(exporters);
    const status = lib().signet_bundle_verify(
      ...text(folder),
      keys,
      exporters.length,
      given,
      report,
      errorSlot,
    );
    const details = report[0] ? takeText(report[0] as Pointer<"signet_buffer">) : "{}";
    const error = status === 0 ? undefined : failure(status, errorSlot[0]!);
    const judged =
      error === undefined ||
      error instanceof BundleTamperedError ||
      error instanceof BundleUnverifiableError;
    if (!judged) throw error;
    return { ok: error === undefined, error, details: JSON.parse(details) as Record<string, unknown> };
  });
}
