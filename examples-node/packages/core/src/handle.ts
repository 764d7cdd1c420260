// Objects that own something of the library's.

import type { Pointer } from "./native.js";

/** What a handle owns, apart from the object so that the object can be collected. */
interface Owned {
  pointer: bigint;
  readonly free: (pointer: bigint) => void;
  /** Calls on other threads that still use it. */
  users: number;
  closed: boolean;
}

function release(owned: Owned): void {
  if (!owned.closed || owned.users > 0 || owned.pointer === 0n) return;
  const { pointer } = owned;
  owned.pointer = 0n;
  owned.free(pointer);
}

// The safety net for objects that nobody closes. Whoever makes many should close them.
const forgotten = new FinalizationRegistry<Owned>((owned) => {
  owned.closed = true;
  release(owned);
});

let owned: (handle: Handle<string>) => Owned;

/**
 * An object of the library. `close()` releases it at once, as does the end of a block
 * that declares it with `using`; otherwise it is released after the object is no longer
 * reachable. Calls that are still running keep what they use.
 */
export abstract class Handle<Kind extends string> {
  readonly #owned: Owned;
  declare protected readonly kind: Kind;

  static {
    owned = (handle) => handle.#owned;
  }

  protected constructor(pointer: Pointer<Kind>, free: (pointer: Pointer<Kind>) => void) {
    this.#owned = { pointer, free: free as (pointer: bigint) => void, users: 0, closed: false };
    forgotten.register(this, this.#owned, this.#owned);
  }

  /** Whether it has been closed. */
  get closed(): boolean {
    return this.#owned.closed;
  }

  /** Releases it. Doing so again changes nothing. */
  close(): void {
    if (this.#owned.closed) return;
    this.#owned.closed = true;
    forgotten.unregister(this.#owned);
    release(this.#owned);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The address of a handle that is open. */
export function pointerOf<Kind extends string>(handle: Handle<Kind>): Pointer<Kind> {
  const state = owned(handle);
  if (state.closed) throw new TypeError(`the ${handle.constructor.name} is closed`);
  return state.pointer as Pointer<Kind>;
}

/** Keeps handles from being released until the function that is answered is called. */
export function hold(...handles: readonly (Handle<string> | null | undefined)[]): () => void {
  const held = handles.filter((one) => one != null).map((one) => owned(one));
  for (const one of held) one.users += 1;
  return () => {
    for (const one of held.splice(0)) {
      one.users -= 1;
      release(one);
    }
  };
}

/** Holds handles while something runs, in the background or with callbacks. */
export async function holding<R>(
  handles: readonly (Handle<string> | null | undefined)[],
  run: () => Promise<R>,
): Promise<R> {
  const letGo = hold(...handles);
  try {
    return await run();
  } finally {
    letGo();
  }
}

/** Throws unless a value is an object of a class: what koffi is given is not checked. */
export function mustBe<T extends Handle<string>>(
  value: unknown,
  kind: abstract new (...parameters: never[]) => T,
): T {
  if (!(value instanceof kind)) throw new TypeError(`expected a ${kind.name}`);
  return value;
}
