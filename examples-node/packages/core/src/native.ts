// The types of what crosses the boundary to the library.

/** Bytes that the library reads during a call. */
export type Bytes = Uint8Array;

/** What a fallible function answers: 0, or a number of `STATUSES`. */
export type Status = number;

declare const kind: unique symbol;

/** The address of a handle of one type. */
export type Pointer<Kind extends string> = bigint & { readonly [kind]: Kind };

/** A place for the library to write the address of a handle to. */
export interface Slot<Kind extends string> extends BigUint64Array {
  readonly [kind]?: Kind;
}
