// The base class of every failure that the library tells of.

import { STATUSES } from "./abi.js";

export interface FailureDetails {
  /** The number of the status. */
  readonly status?: number;
  /** Byte offset in a text, or index of a record or link. */
  readonly position?: number | undefined;
  /** The line, from 1, in a document that people write. */
  readonly line?: number | undefined;
  /** The character in that line, from 1. */
  readonly column?: number | undefined;
  /** What a callback of the caller threw. */
  readonly cause?: unknown;
}

/** A call that failed. The message names the input and what was wrong with it. */
export class SignetError extends Error {
  /** The status that a class stands for; -1 for the base class. */
  static readonly status: number = -1;

  /** The number of the status. */
  readonly status: number;
  /** The name of the status, for example "SIGNET_ERR_EXPIRED". */
  readonly code: string;
  /** Byte offset in a text, or index of a record or link; undefined without a place. */
  readonly position: number | undefined;
  /** The line and the character in it, from 1, in a document that people write. */
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.status = details.status ?? new.target.status;
    this.code = STATUSES[this.status] ?? "SIGNET_ERR_UNKNOWN";
    this.position = details.position;
    this.line = details.line;
    this.column = details.column;
  }
}
