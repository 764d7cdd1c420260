// Receipts as objects of the library: sign, read, look into, verify.

import * as abi from "./abi.js";
import { check, count, make, makeInBackground, takeText, viewText } from "./call.js";
import { Handle, mustBe, pointerOf } from "./handle.js";
import { utf8 } from "./json.js";
import type { Key, Secret } from "./keys.js";
import { lib } from "./library.js";
import type { Pointer } from "./native.js";
import { coSignOptions, json, jsonValue, parseOptions, signOptions, text, verifyOptions } from "./options.js";
import type { CoSignOptions, ParseOptions, SignOptions, VerifyOptions } from "./options.js";
import { scoped, scopedInBackground } from "./scope.js";
import type { Scope } from "./scope.js";
import type { Scope as DelegatedScope, SignetAction, SignetOutcome } from "./types.js";

/** The fields of receipts by the names of the constants: "id", "tool", "signer_name", … */
export type Field = keyof typeof abi extends infer Name
  ? Name extends `SIGNET_FIELD_${infer Rest}`
    ? Lowercase<Rest>
    : never
  : never;

const FIELDS = new Map<string, number>(
  Object.entries(abi)
    .filter(([name]) => name.startsWith("SIGNET_FIELD_"))
    .map(([name, value]) => [name.slice("SIGNET_FIELD_".length).toLowerCase(), value as number]),
);

/** Who signed a receipt, as `verify` answers. */
export interface Signers {
  readonly version: number;
  readonly agent: string;
  readonly agent_trusted: boolean;
  readonly server?: string;
  readonly root?: string;
  readonly delegations?: readonly string[];
  readonly scope?: DelegatedScope;
}

/** An action: an object, or its JSON text. */
export type ActionInput = SignetAction | object | string;

/** A call and its response, for `signCompound`. */
export interface Exchange {
  readonly response: unknown;
  readonly outcome?: SignetOutcome | undefined;
  /** RFC 3339. */
  readonly requestedAt: string;
  readonly respondedAt: string;
}

/** A signed statement that a tool call was made. Having one says that its shape is
 * right; only `verify` says that its signatures are. */
export class Receipt extends Handle<"signet_receipt"> {
  /** Signs a tool call: version 1. */
  static sign(secret: Secret, action: ActionInput, name: string, options: SignOptions = {}): Receipt {
    return scoped((scope) => {
      const parameters = signing(scope.keypair(secret), action, name, options);
      return new Receipt(make(lib().signet_receipt_sign, ...parameters));
    });
  }

  /** As `sign`, on a thread of its own: for many at once, or a slow signer. */
  static async signAsync(
    secret: Secret,
    action: ActionInput,
    name: string,
    options: SignOptions = {},
  ): Promise<Receipt> {
    return scopedInBackground(async (scope) => {
      const parameters = signing(scope.keypair(secret), action, name, options);
      return new Receipt(await makeInBackground(lib().signet_receipt_sign, ...parameters));
    });
  }

  /** Signs a tool call and its response in one: version 2. */
  static signCompound(
    secret: Secret,
    action: ActionInput,
    exchange: Exchange,
    name: string,
    options: SignOptions = {},
  ): Receipt {
    const outcome = exchange.outcome == null ? ([null, 0] as const) : json(exchange.outcome);
    return scoped(
      (scope) =>
        new Receipt(
          make(
            lib().signet_receipt_sign_compound,
            scope.keypair(secret),
            ...json(action),
            ...jsonValue(exchange.response),
            ...outcome,
            ...text(exchange.requestedAt),
            ...text(exchange.respondedAt),
            ...text(name),
            ...text(options.owner ?? ""),
            signOptions(options),
          ),
        ),
    );
  }

  /** Co-signs an agent's receipt with the response and what became of the call:
   * version 3. */
  static coSign(
    server: Secret,
    agentReceipt: Receipt,
    response: unknown,
    name: string,
    outcome?: SignetOutcome | null,
    options: CoSignOptions = {},
  ): Receipt {
    return scoped(
      (scope) =>
        new Receipt(
          make(
            lib().signet_receipt_co_sign,
            scope.keypair(server),
            pointerOf(mustBe(agentReceipt, Receipt)),
            ...jsonValue(response),
            ...(outcome == null ? ([null, 0] as const) : json(outcome)),
            ...text(name),
            coSignOptions(options),
          ),
        ),
    );
  }

  /** Signs a tool call on the authority of a chain, root first: version 4. */
  static signAuthorized(
    secret: Secret,
    action: ActionInput,
    name: string,
    chain: string | object,
    options: SignOptions = {},
  ): Receipt {
    return scoped(
      (scope) =>
        new Receipt(
          make(
            lib().signet_receipt_sign_authorized,
            scope.keypair(secret),
            ...json(action),
            ...text(name),
            ...json(chain),
            signOptions(options),
          ),
        ),
    );
  }

  /** Reads a receipt from JSON text, or from the object that such a text was. Its shape
   * is checked, its signature is not. */
  static parse(receipt: string | object, options?: ParseOptions): Receipt {
    return new Receipt(make(lib().signet_receipt_parse, ...json(receipt), parseOptions(options)));
  }

  /** @internal */
  constructor(pointer: Pointer<"signet_receipt">) {
    super(pointer, lib().signet_receipt_free);
  }

  /** The canonical JSON text: what to store and to send. */
  get json(): string {
    return viewText(lib().signet_receipt_json, pointerOf(this)) ?? "";
  }

  /** The receipt as plain JSON; also what JSON.stringify writes. */
  toJSON(): unknown {
    return JSON.parse(this.json);
  }

  /** The version of the format. */
  get version(): number {
    return lib().signet_receipt_version(pointerOf(this));
  }

  /** A field as text; undefined where the receipt has none. */
  text(field: Field): string | undefined {
    return viewText(lib().signet_receipt_text, pointerOf(this), FIELDS.get(field) ?? 0) ?? undefined;
  }

  /** A field as canonical JSON text; undefined where the receipt has none. */
  value(field: Field): string | undefined {
    return viewText(lib().signet_receipt_value, pointerOf(this), FIELDS.get(field) ?? 0) ?? undefined;
  }

  /** The id, derived from the signature. */
  get id(): string {
    return this.text("id") ?? "";
  }

  /** The params as JSON text, with every digit; "null" in a hash-only receipt. */
  get params(): string {
    return viewText(lib().signet_receipt_params, pointerOf(this)) ?? "";
  }

  /** When it says it was signed. */
  get time(): Date {
    return this.#time(lib().signet_receipt_time);
  }

  /** When the response came (version 2), or the server signed (version 3). */
  get responseTime(): Date {
    return this.#time(lib().signet_receipt_response_time);
  }

  /** The agent's receipt inside one of version 3. */
  agentReceipt(): Receipt {
    return new Receipt(make(lib().signet_receipt_agent_receipt, pointerOf(this)));
  }

  /** Verifies it under keys of agents and what else is expected; answers who signed, and
   * throws what is wrong. */
  verify(trusted: readonly Key[], options: VerifyOptions = {}): Signers {
    return scoped(
      (scope) =>
        JSON.parse(
          takeText(
            make(
              lib().signet_receipt_verify_signers,
              pointerOf(this),
              scope.keys(trusted),
              trusted.length,
              verifyOptions(options, scope),
            ),
          ),
        ) as Signers,
    );
  }

  /** As `verify`, for those who only want to know that nothing is thrown. */
  check(trusted: readonly Key[], options?: VerifyOptions): void {
    scoped((scope) =>
      check(
        lib().signet_receipt_verify,
        pointerOf(this),
        scope.keys(trusted),
        trusted.length,
        options === undefined ? null : verifyOptions(options, scope),
      ),
    );
  }

  /** Throws unless a response is the one that it speaks of. */
  checkResponse(response: unknown): void {
    check(lib().signet_receipt_check_response, pointerOf(this), ...jsonValue(response), null);
  }

  #time(
    call: (
      receipt: Pointer<"signet_receipt">,
      out: BigInt64Array,
      error: BigUint64Array,
    ) => number,
  ): Date {
    const ms = new BigInt64Array(1);
    check(call, pointerOf(this), ms);
    return new Date(count(ms[0]!));
  }
}

function signing(
  keypair: Pointer<"signet_keypair">,
  action: ActionInput,
  name: string,
  options: SignOptions,
) {
  const owner = utf8(options.owner ?? "");
  return [
    keypair,
    ...json(action),
    ...text(name),
    owner,
    owner.length,
    signOptions(options),
  ] as const satisfies readonly unknown[];
}

/** The action of an MCP "tools/call" request, as JSON text ready to be signed. */
export function actionFromToolsCall(
  request: string | object,
  target: string,
  transport: string,
): string {
  return takeText(
    make(
      lib().signet_action_from_tools_call,
      ...json(request),
      ...text(target),
      ...text(transport),
      null,
    ),
  );
}

/** Reads a receipt for one use. */
export function withReceipt<R>(
  receipt: string | object,
  run: (receipt: Receipt) => R,
  options?: ParseOptions,
): R {
  if (receipt instanceof Receipt) return run(receipt);
  const read = Receipt.parse(receipt, options);
  try {
    return run(read);
  } finally {
    read.close();
  }
}

export type { Scope };
