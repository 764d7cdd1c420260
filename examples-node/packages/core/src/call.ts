// Calls into the library: inputs, outputs, errors, and work on threads of its own.

import koffi from "koffi";

import { SIGNET_NO_POSITION } from "./abi.js";
import { ERRORS, SignerFailedError, SignetError } from "./errors.js";
import { lib } from "./library.js";
import type { Call } from "./library.js";
import type { Pointer, Slot, Status } from "./native.js";

const SIGNER_FAILED = SignerFailedError.status;

/** A function of the library. */
type Function<A extends unknown[], R> = (...parameters: A) => R;

// Places for outputs. Calls nest, because callbacks may call; each call has its own.
interface Frame {
  readonly out: BigUint64Array;
  readonly error: BigUint64Array;
}
const frames: Frame[] = [];
const frame = (): Frame =>
  frames.pop() ?? { out: new BigUint64Array(1), error: new BigUint64Array(1) };

/** What a callback of one call threw, so that the caller of the call gets it. */
export class Guard {
  #thrown: { readonly value: unknown } | undefined;

  /** Runs what a callback does; a failure becomes `answer`. */
  run<R>(answer: R, callback: () => R): R {
    try {
      return callback();
    } catch (value) {
      this.#thrown ??= { value };
      return answer;
    }
  }

  /** Throws what was thrown. */
  rethrow(): void {
    if (this.#thrown !== undefined) throw this.#thrown.value;
  }
}

// Signers belong to a key pair, not to a call. While a call runs on this thread, what a
// signer throws is that call's; on other threads nothing tells whose it is.
let depth = 0;
let signerThrew: { value: unknown } | undefined;

/** Runs a signer; a failure becomes a number that is not 0. */
export function runSigner(sign: () => void): number {
  try {
    sign();
    return 0;
  } catch (value) {
    if (depth > 0) signerThrew = { value };
    return 1;
  }
}

/** Runs a call on this thread. */
function here<R>(run: (place: Frame) => R): R {
  const place = frame();
  depth += 1;
  try {
    return run(place);
  } finally {
    depth -= 1;
    signerThrew = undefined;
    frames.push(place);
  }
}

/** The error of a failed call, as an object to throw. Releases the library's. */
export function failure(status: Status, pointer: bigint): SignetError {
  const error = pointer as Pointer<"signet_error">;
  const from = lib();
  const message = viewText(from.signet_error_message, error) ?? from.signet_status_name(status);
  const position = from.signet_error_position(error);
  const line = from.signet_error_line(error);
  const column = from.signet_error_column(error);
  if (error) from.signet_error_free(error);
  return new (ERRORS.get(status) ?? SignetError)(message, {
    status,
    position: BigInt(position) === SIGNET_NO_POSITION ? undefined : Number(position),
    line: line || undefined,
    column: column || undefined,
    cause: status === SIGNER_FAILED ? signerThrew?.value : undefined,
  });
}

/** Calls a function that answers with a status; throws if it failed. */
export function check<A extends unknown[]>(
  call: Function<[...A, Slot<"signet_error">], Status>,
  ...parameters: A
): void {
  here((place) => {
    const status = call(...parameters, place.error);
    if (status !== 0) throw failure(status, place.error[0]!);
  });
}

/** Calls a function whose last parameter but the error is a handle to make. */
export function make<A extends unknown[], Kind extends string>(
  call: Function<[...A, Slot<Kind>, Slot<"signet_error">], Status>,
  ...parameters: A
): Pointer<Kind> {
  return here((place) => {
    const status = call(...parameters, place.out, place.error);
    if (status !== 0) throw failure(status, place.error[0]!);
    return place.out[0]! as Pointer<Kind>;
  });
}

// More calls at once than threads gain nothing, and koffi has a limit.
const AT_ONCE = 64;
let running = 0;
const waiting: (() => void)[] = [];

/** Runs a call on a thread of its own; answers its status and what it wrote. */
export async function inBackground<A extends unknown[], R>(
  call: Call<Function<[...A, Slot<"signet_error">], Status>>,
  finish: (status: Status, error: bigint) => R,
  ...parameters: A
): Promise<R> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    return await new Promise<R>((resolve, reject) => {
      const error = new BigUint64Array(1) as Slot<"signet_error">;
      const done = (broken: Error | null, status: Status): void => {
        try {
          if (broken) throw broken;
          // The closure keeps what the call borrows, until here.
          void parameters.length;
          resolve(finish(status, error[0]!));
        } catch (problem) {
          reject(problem as Error);
        }
      };
      (call.async as (...all: unknown[]) => void)(...parameters, error, done);
    });
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

/** As `check`, on a thread of its own. */
export function checkInBackground<A extends unknown[]>(
  call: Call<Function<[...A, Slot<"signet_error">], Status>>,
  ...parameters: A
): Promise<void> {
  return inBackground(call, throwIfFailed, ...parameters);
}

/** As `make`, on a thread of its own. */
export function makeInBackground<A extends unknown[], Kind extends string>(
  call: Call<Function<[...A, Slot<Kind>, Slot<"signet_error">], Status>>,
  ...parameters: A
): Promise<Pointer<Kind>> {
  const out = new BigUint64Array(1) as Slot<Kind>;
  const finish = (status: Status, error: bigint): Pointer<Kind> => {
    throwIfFailed(status, error);
    return out[0]! as Pointer<Kind>;
  };
  return inBackground<[...A, Slot<Kind>], Pointer<Kind>>(call, finish, ...parameters, out);
}

export function throwIfFailed(status: Status, error: bigint): void {
  if (status !== 0) throw failure(status, error);
}

const length = new BigUint64Array(1);

/** A text that belongs to a handle; null where there is none. */
export function viewText<A extends unknown[]>(
  call: Function<[...A, BigUint64Array | null], bigint | null>,
  ...parameters: A
): string | null {
  const address = call(...parameters, length);
  return address === null ? null : koffi.decode.string(address, Number(length[0]));
}

/** A copy of bytes that belong to a handle; null where there are none. */
export function viewBytes<A extends unknown[]>(
  call: Function<[...A, BigUint64Array | null], bigint | null>,
  ...parameters: A
): Uint8Array | null {
  const address = call(...parameters, length);
  return address === null ? null : bytesAt(address, Number(length[0]));
}

/** A copy of bytes at an address. */
export function bytesAt(address: bigint | null, count: number): Uint8Array {
  if (address === null || count === 0) return new Uint8Array(0);
  return koffi.decode(address, "uint8_t", count) as Uint8Array;
}

/** A text at an address. */
export function textAt(address: bigint | null, count: number): string {
  return address === null || count === 0 ? "" : koffi.decode.string(address, count);
}

/** The text in a buffer, which is released. */
export function takeText(buffer: Pointer<"signet_buffer">): string {
  try {
    return viewText(lib().signet_buffer_data, buffer) ?? "";
  } finally {
    lib().signet_buffer_free(buffer);
  }
}

/** The bytes in a buffer, which is released. */
export function takeBytes(buffer: Pointer<"signet_buffer">): Uint8Array {
  try {
    return viewBytes(lib().signet_buffer_data, buffer) ?? new Uint8Array(0);
  } finally {
    lib().signet_buffer_free(buffer);
  }
}

/** The addresses of handles, as an array to pass. */
export function addresses(pointers: readonly bigint[]): BigUint64Array {
  return BigUint64Array.from(pointers);
}

/** A hash as receipts and logs write it. */
export function hashText(hash: Uint8Array): string {
  return `sha256:${Buffer.from(hash).toString("hex")}`;
}

/** A number that the library answered, as a number of JavaScript. */
export function count(value: number | bigint): number {
  return Number(value);
}

/** The same, where the largest value says that there is none. */
export function place(value: number | bigint): number | undefined {
  return BigInt(value) === SIGNET_NO_POSITION ? undefined : Number(value);
}
