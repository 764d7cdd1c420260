// The audit log of a home folder: append, read, query, checkpoints and proofs.

import koffi from "koffi";
import type { TypeObject } from "koffi";

import {
  SIGNET_HASH_LEN,
  SIGNET_LOG_ALONE,
  SIGNET_LOG_INTERVAL,
  SIGNET_LOG_NONE,
  SIGNET_LOG_NO_REPAIR,
  SIGNET_LOG_SYNC,
} from "./abi.js";
import type { SignetLogCallback, SignetLogOptions } from "./abi.js";
import {
  Guard,
  check,
  checkInBackground,
  count,
  hashText,
  make,
  makeInBackground,
  takeText,
  viewText,
} from "./call.js";
import { StoppedError } from "./errors.js";
import { Handle, hold, holding, mustBe, pointerOf } from "./handle.js";
import { jsonText } from "./json.js";
import type { Keypair } from "./keys.js";
import { lib, structType } from "./library.js";
import type { Pointer } from "./native.js";
import { json, text, unixMs, whole } from "./options.js";
import type { Time } from "./options.js";
import { Receipt } from "./receipt.js";
import { scoped } from "./scope.js";
import { choice } from "./trust.js";

export interface LogOptions {
  /** When a record is on the disk: before the append answers ("sync", the default), with
   * the first append after `intervalMs` ("interval"), or when the system likes ("none"). */
  readonly durability?: "sync" | "interval" | "none";
  readonly intervalMs?: number;
  /** Set a torn end aside; otherwise it is an error. Default true. */
  readonly repair?: boolean;
  /** The largest record in bytes of JSON. */
  readonly maxRecordLength?: number;
  /** How long to wait for other writers. */
  readonly lockTimeoutMs?: number;
  /** The name of the log in its checkpoints. */
  readonly origin?: string;
  /** Nobody but this library appends to the folder, so that full segments are left. */
  readonly alone?: boolean;
  /** With `alone`: leave a segment at so many bytes. */
  readonly maxSegmentLength?: number;
  /** With a log key: sign a checkpoint after so many records, or milliseconds. */
  readonly checkpointRecords?: number;
  readonly checkpointMs?: number;
  /** Signs the log's own records about torn ends and damage. */
  readonly controlKey?: Keypair;
  /** Signs checkpoints; not an agent's key. */
  readonly logKey?: Keypair;
}

/** Where a record stands. */
export interface LogEntry {
  /** The number of the record, from 0. */
  readonly index: number;
  /** The hash that seals the record and everything before it, `sha256:<hex>`. */
  readonly recordHash: string;
  /** Whether it is on the disk already. */
  readonly durable: boolean;
}

/** A record of the log: a receipt, and its place in the hash chain. */
export interface LogRecord {
  readonly index: number;
  /** The file, relative to the audit folder. */
  readonly file: string;
  /** The line as it stands in the log. */
  readonly line: string;
  /** The receipt in canonical JSON. */
  readonly receiptJson: string;
  readonly receipt: Record<string, unknown>;
  readonly prevHash: string;
  readonly recordHash: string;
}

export interface LogQuery {
  /** RFC 3339. */
  readonly since?: string;
  readonly until?: string;
  /** A part of the tool's name. */
  readonly tool?: string;
  readonly signer?: string;
  readonly target?: string;
  readonly session?: string;
  readonly trace?: string;
  readonly decision?: string;
  /** At most so many, the newest. */
  readonly limit?: number;
  readonly newestFirst?: boolean;
}

/** What can be appended: a receipt, an object, or JSON text. */
export type Appendable = Receipt | object | string;

/** The audit log of a home folder, open for appending and reading. Other processes may
 * use the same folder. */
export class AuditLog extends Handle<"signet_log"> {
  /** Opens the log; folders are made when absent. */
  static open(home: string, options: LogOptions = {}): AuditLog {
    return scoped((scope) => {
      const given: SignetLogOptions = {
        struct_size: structType("signet_log_options").size,
        flags:
          (options.repair === false ? SIGNET_LOG_NO_REPAIR : 0) |
          (options.alone ? SIGNET_LOG_ALONE : 0),
        durability: choice(
          { sync: SIGNET_LOG_SYNC, interval: SIGNET_LOG_INTERVAL, none: SIGNET_LOG_NONE },
          options.durability ?? "sync",
        ),
        interval_ms: whole(options.intervalMs, "intervalMs"),
        max_record_len: whole(options.maxRecordLength, "maxRecordLength"),
        lock_timeout_ms: whole(options.lockTimeoutMs, "lockTimeoutMs"),
        max_segment_len: whole(options.maxSegmentLength, "maxSegmentLength"),
        checkpoint_records: whole(options.checkpointRecords, "checkpointRecords"),
        checkpoint_ms: whole(options.checkpointMs, "checkpointMs"),
      };
      if (options.origin !== undefined) [given.origin, given.origin_len] = text(options.origin);
      const control = scope.maybe(options.controlKey);
      const key = scope.maybe(options.logKey);
      return new AuditLog(make(lib().signet_log_open, ...text(home), control, key, given));
    });
  }

  /** @internal */
  constructor(pointer: Pointer<"signet_log">) {
    super(pointer, lib().signet_log_free);
  }

  /** Appends a record. When it answers, the record is as durable as the log was opened
   * for. After a SyncFailedError it may be in the log or not; after every other error it
   * is not. */
  append(record: Appendable): LogEntry {
    const bytes = recordText(record);
    const out = new Uint8Array(ENTRY().size);
    check(lib().signet_log_append, pointerOf(this), bytes, bytes.length, out);
    return readEntry(out);
  }

  /** As `append`, on a thread of its own: appends at the same time share one sync. */
  async appendAsync(record: Appendable): Promise<LogEntry> {
    const bytes = recordText(record);
    const out = new Uint8Array(ENTRY().size);
    const pointer = pointerOf(this);
    await holding([this], () =>
      checkInBackground(lib().signet_log_append, pointer, bytes, bytes.length, out),
    );
    return readEntry(out);
  }

  /** Appends records next to each other with one write and one sync: all or none. */
  appendMany(records: readonly Appendable[]): LogEntry[] {
    const texts = records.map(recordText);
    const size = ENTRY().size;
    const out = new Uint8Array(size * texts.length);
    check(
      lib().signet_log_append_many,
      pointerOf(this),
      BigUint64Array.from(texts, (one) => koffi.address(one)),
      BigUint64Array.from(texts, (one) => BigInt(one.length)),
      texts.length,
      out,
    );
    // The addresses do not keep what they point to; this does.
    return texts.map((_, index) => readEntry(out.subarray(index * size, (index + 1) * size)));
  }

  /** Makes everything durable; answers how many records are on the disk. */
  sync(): number {
    const durable = new BigUint64Array(1);
    check(lib().signet_log_sync, pointerOf(this), durable);
    return count(durable[0]!);
  }

  /** Takes notice of what other processes have appended; answers how many records there
   * are. */
  refresh(): number {
    const records = new BigUint64Array(1);
    check(lib().signet_log_refresh, pointerOf(this), records);
    return count(records[0]!);
  }

  /** How many records this object knows of. */
  get length(): number {
    return count(lib().signet_log_len(pointerOf(this)));
  }

  /** Reads one record by its number. */
  read(index: number): LogRecord {
    const record = make(lib().signet_log_read, pointerOf(this), whole(index, "index"));
    try {
      return readRecord(record);
    } finally {
      lib().signet_log_record_free(record);
    }
  }

  /** Shows the records from one on, oldest first, until the function answers false. */
  visit(show: (record: LogRecord) => boolean | void, first = 0): void {
    this.#show(show, (callback) =>
      check(lib().signet_log_visit, pointerOf(this), whole(first, "first"), callback, null),
    );
  }

  /** The records that match, oldest first unless it asks for the newest first. */
  query(query: LogQuery = {}): LogRecord[] {
    const found: LogRecord[] = [];
    this.#show(
      (record) => void found.push(record),
      (callback) =>
        check(lib().signet_log_query, pointerOf(this), ...queryText(query), callback, null),
    );
    return found;
  }

  /** The records, oldest first, read a few at a time. */
  *[Symbol.iterator](): Generator<LogRecord> {
    for (let first = 0; ; ) {
      const found: LogRecord[] = [];
      this.visit((record) => found.push(record) < 256, first);
      yield* found;
      if (found.length < 256) return;
      first = found[found.length - 1]!.index + 1;
    }
  }

  /** What opening the log, and reading what others wrote since, came upon. */
  recovery(): { verdict: string; index?: number; incidents: unknown[]; rescanned: boolean } {
    return JSON.parse(takeText(make(lib().signet_log_recovery, pointerOf(this)))) as ReturnType<
      AuditLog["recovery"]
    >;
  }

  /** Signs the tree over all records as a checkpoint (c2sp.org/tlog-checkpoint). */
  checkpoint(): string {
    return takeText(make(lib().signet_log_checkpoint, pointerOf(this)));
  }

  async checkpointAsync(): Promise<string> {
    const pointer = pointerOf(this);
    const note = holding([this], () => makeInBackground(lib().signet_log_checkpoint, pointer));
    return takeText(await note);
  }

  /** The verifier key of the log's checkpoints and proofs: what a verifier has to know. */
  verifierKey(): string {
    return takeText(make(lib().signet_log_verifier_key, pointerOf(this)));
  }

  /** Makes the proof that a record stands in the log: one file (c2sp.org/tlog-proof). */
  prove(index: number): string {
    return takeText(make(lib().signet_log_prove, pointerOf(this), whole(index, "index")));
  }

  /** Makes the proof that the log as it was with so many records is its beginning. */
  proveConsistency(oldSize: number): string {
    return takeText(
      make(lib().signet_log_prove_consistency, pointerOf(this), whole(oldSize, "oldSize")),
    );
  }

  /** Leaves the current segment, so that it can be removed later. False where it stays. */
  rotate(): boolean {
    const rotated = new Int32Array(1);
    check(lib().signet_log_rotate, pointerOf(this), rotated);
    return rotated[0] === 1;
  }

  /** What `prune` would remove: the segments of days before that of a time. */
  planPrune(before: Time): PrunePlan {
    return new PrunePlan(make(lib().signet_log_plan_prune, pointerOf(this), unixMs(before)));
  }

  /** Removes whole segments from the beginning of the log, for good; answers where the
   * signed record about it stands. The log needs a control key. */
  prune(plan: PrunePlan): LogEntry {
    const out = new Uint8Array(ENTRY().size);
    check(lib().signet_log_prune, pointerOf(this), pointerOf(mustBe(plan, PrunePlan)), out);
    return readEntry(out);
  }

  /** Closes the log: what was appended is made durable. Throws if that fails. */
  override close(): void {
    if (this.closed) return;
    try {
      check(lib().signet_log_close, pointerOf(this));
    } finally {
      super.close();
    }
  }

  #show(
    show: (record: LogRecord) => boolean | void,
    run: (callback: SignetLogCallback) => void,
  ): void {
    const guard = new Guard();
    const letGo = hold(this);
    let stopped = false;
    try {
      run((record) =>
        guard.run(1, () => {
          stopped = show(readRecord(record as Pointer<"signet_log_record">)) === false;
          return stopped ? 1 : 0;
        }),
      );
    } catch (error) {
      guard.rethrow();
      if (!(error instanceof StoppedError && stopped)) throw error;
    } finally {
      letGo();
    }
  }
}

/** What a log would remove. */
export class PrunePlan extends Handle<"signet_prune_plan"> {
  /** @internal */
  constructor(pointer: Pointer<"signet_prune_plan">) {
    super(pointer, lib().signet_prune_plan_free);
  }

  /** How many segments would be removed. */
  get length(): number {
    return count(lib().signet_prune_plan_len(pointerOf(this)));
  }

  /** All of it. */
  toJSON(): Record<string, unknown> {
    const json = viewText(lib().signet_prune_plan_json, pointerOf(this)) ?? "{}";
    return JSON.parse(json) as Record<string, unknown>;
  }
}

const ENTRY = (): TypeObject => structType("signet_log_entry");

/** The JSON text of what is appended. */
export function recordText(record: Appendable): Uint8Array {
  return jsonText(record instanceof Receipt ? record.json : record);
}

/** The text of a query. */
export function queryText(query: LogQuery): [Uint8Array, number] {
  const { newestFirst, ...rest } = query;
  return json(newestFirst === undefined ? rest : { ...rest, newest_first: newestFirst });
}

interface WrittenEntry {
  index: number | bigint;
  record_hash: Uint8Array;
  durable: number;
}

function readEntry(bytes: Uint8Array): LogEntry {
  const { index, record_hash, durable } = koffi.decode(bytes, ENTRY()) as WrittenEntry;
  return {
    index: count(index),
    recordHash: hashText(record_hash.subarray(0, SIGNET_HASH_LEN)),
    durable: durable === 1,
  };
}

/** A record as a value. */
function readRecord(record: Pointer<"signet_log_record">): LogRecord {
  const from = lib();
  const line = viewText(from.signet_log_record_line, record) ?? "";
  const { receipt, prev_hash, record_hash } = JSON.parse(line) as {
    receipt: Record<string, unknown>;
    prev_hash: string;
    record_hash: string;
  };
  return {
    index: count(from.signet_log_record_index(record)),
    file: viewText(from.signet_log_record_file, record) ?? "",
    line,
    receiptJson: viewText(from.signet_log_record_receipt, record) ?? "",
    receipt,
    prevHash: prev_hash,
    recordHash: record_hash,
  };
}
