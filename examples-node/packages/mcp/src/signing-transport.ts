// A transport around another one, which signs every tool call that goes out and looks for
// the server's receipt in every answer that comes back.
//
// What cannot be signed is not sent: `send` fails, and the caller knows.

import type {
  Transport,
  TransportSendOptions,
} from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage, MessageExtraInfo } from "@modelcontextprotocol/sdk/types.js";
import {
  KeyMismatchError,
  Keypair,
  RawJson,
  Receipt,
  SignerUntrustedError,
  actionFromToolsCall,
} from "@signet-auth/core";
import type { BilateralReceipt, CompoundReceipt, Secret, SignetReceipt } from "@signet-auth/core";

/** A co-signed receipt that is sound, by a server that is not trusted. */
export interface BilateralNotice {
  readonly receipt: BilateralReceipt;
  readonly reason: string;
}

export interface SigningTransportOptions {
  /** Where the calls go, for example "mcp://files". Default "unknown". */
  readonly target?: string;
  /** How they go there. Default "stdio". */
  readonly transport?: string;
  /** How long to wait for an answer, in milliseconds, before it gets no receipt any more.
   * Default 30000. */
  readonly responseTimeout?: number;
  /** Is given the receipt of a call before the call is sent. When it fails, the call is
   * not sent: evidence comes first. */
  readonly onDispatch?: (receipt: SignetReceipt) => void | Promise<void>;
  /** Is given the receipt of a call and its answer. */
  readonly onReceipt?: (receipt: CompoundReceipt) => void;
  /** The servers whose receipts count. */
  readonly trustedServerKeys?: readonly string[];
  /** Take sound receipts of other servers too. */
  readonly allowUntrustedBilateral?: boolean;
  /** Is told of a sound receipt by a server that is not trusted. */
  readonly onUntrustedBilateral?: (notice: BilateralNotice) => void;
  /** Is given the server's receipt once it is verified. */
  readonly onBilateral?: (receipt: BilateralReceipt) => void;
}

/** A call that waits for its answer. */
interface OpenCall {
  readonly action: string;
  readonly receipt: SignetReceipt;
  readonly canonical: string;
  readonly requestedAt: string;
  readonly timer: NodeJS.Timeout;
}

type Message = Record<string, any>;

export class SigningTransport implements Transport {
  declare onclose?: (() => void) | undefined;
  declare onerror?: ((error: Error) => void) | undefined;
  declare onmessage?: Transport["onmessage"];
  setProtocolVersion?: (version: string) => void;

  readonly #inner: Transport;
  readonly #keypair: Keypair;
  readonly #name: string;
  readonly #owner: string;
  readonly #options: SigningTransportOptions;
  readonly #open = new Map<string, OpenCall>();

  constructor(
    inner: Transport,
    secretKey: Secret,
    signerName: string,
    signerOwner = "",
    options: SigningTransportOptions = {},
  ) {
    this.#inner = inner;
    this.#keypair = typeof secretKey === "string" ? Keypair.fromSecret(secretKey) : secretKey;
    this.#name = signerName;
    this.#owner = signerOwner;
    this.#options = options;
    // Whoever uses this transport sets its handlers when it likes; they are asked for when
    // something happens.
    inner.onclose = () => {
      this.#forgetAll();
      this.onclose?.();
    };
    inner.onerror = (error) => this.onerror?.(error);
    inner.onmessage = (message: JSONRPCMessage, extra?: MessageExtraInfo) => {
      this.#report(() => this.#received(message));
      this.onmessage?.(message, extra);
    };
    if (inner.setProtocolVersion) {
      this.setProtocolVersion = (version) => inner.setProtocolVersion?.(version);
    }
  }

  get sessionId(): string | undefined {
    return this.#inner.sessionId;
  }

  start(): Promise<void> {
    return this.#inner.start();
  }

  async close(): Promise<void> {
    this.#forgetAll();
    await this.#inner.close();
  }

  /** Sends a message, tool calls with their receipts. A batch is signed call by call; when
   * one of them cannot be signed, nothing is sent. */
  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    const isBatch = Array.isArray(message);
    const messages = (isBatch ? message : [message]) as Message[];
    const begun: string[] = [];
    try {
      const signed: Message[] = [];
      for (const one of messages) {
        signed.push(one?.["method"] === "tools/call" ? await this.#sign(one, begun) : one);
      }
      await this.#inner.send((isBatch ? signed : signed[0]) as JSONRPCMessage, options);
    } catch (error) {
      for (const id of begun) this.#forget(id);
      throw error;
    }
  }

  async #sign(request: Message, begun: string[]): Promise<Message> {
    const id = callId(request);
    if (id !== undefined && this.#open.has(id)) {
      throw new Error(`a tool call with the id ${JSON.stringify(request["id"])} is still open`);
    }
    // The text that the transport will send, and no other: what it cannot write, such as a
    // BigInt, throws here and is not sent either.
    const text = JSON.stringify(request);
    const action = actionFromToolsCall(
      text,
      this.#options.target ?? "unknown",
      this.#options.transport ?? "stdio",
    );
    const signed = Receipt.sign(this.#keypair, action, this.#name, { owner: this.#owner });
    const canonical = signed.json;
    const requestedAt = signed.text("time")!;
    signed.close();
    const receipt = JSON.parse(canonical) as SignetReceipt;
    if (id !== undefined) {
      const wait = this.#options.responseTimeout ?? 30_000;
      const timer = setTimeout(() => {
        this.#open.delete(id);
        this.onerror?.(new Error(`tool call ${id}: no answer within ${wait} ms, so it gets no receipt`));
      }, wait);
      timer.unref();
      this.#open.set(id, { action, receipt, canonical, requestedAt, timer });
      begun.push(id);
    }
    await this.#options.onDispatch?.(receipt);
    const params = request["params"] as Message;
    return {
      ...request,
      params: { ...params, _meta: { ...params["_meta"], _signet: receipt } },
    };
  }

  #received(message: unknown): void {
    for (const one of (Array.isArray(message) ? message : [message]) as Message[]) {
      const id = one?.["method"] === undefined ? callId(one) : undefined;
      const call = id === undefined ? undefined : this.#open.get(id);
      if (call === undefined) continue;
      this.#forget(id!);
      this.#report(() => this.#sawResponse(call, one));
      this.#report(() => this.#sawBilateral(call, one));
    }
  }

  /** Signs the call and its answer. */
  #sawResponse(call: OpenCall, response: Message): void {
    const { onReceipt } = this.#options;
    if (!onReceipt) return;
    const exchange = {
      response: response["result"] ?? response["error"] ?? null,
      requestedAt: call.requestedAt,
      respondedAt: later(call.requestedAt),
    };
    const signed = Receipt.signCompound(this.#keypair, call.action, exchange, this.#name, {
      owner: this.#owner,
    });
    try {
      onReceipt(signed.toJSON() as CompoundReceipt);
    } finally {
      signed.close();
    }
  }

  /** Verifies the server's receipt, if there is one. */
  #sawBilateral(call: OpenCall, message: Message): void {
    const found = message["result"]?._meta?._signet_bilateral;
    if (found == null) return;
    const receipt = found as BilateralReceipt;
    const trusted = this.#options.trustedServerKeys ?? [];
    const expected = { response: new RawJson(JSON.stringify(withoutReceipt(message["result"]))) };
    const read = Receipt.parse(found);
    try {
      const agent = read.agentReceipt();
      const same = agent.json === call.canonical;
      agent.close();
      if (!same) throw new Error("the server's receipt is about another call");
      const agents = [call.receipt.signer.pubkey];
      try {
        read.check(agents, { ...expected, servers: trusted });
      } catch (error) {
        const untrusted = error instanceof SignerUntrustedError || error instanceof KeyMismatchError;
        if (!untrusted) throw error;
        // Sound under its own key, or not worth telling of.
        read.check(agents, { ...expected, servers: [receipt.server.pubkey] });
        this.#options.onUntrustedBilateral?.({ receipt, reason: error.message });
        if (!this.#options.allowUntrustedBilateral) {
          if (!this.#options.onUntrustedBilateral) throw error;
          return;
        }
      }
      this.#options.onBilateral?.(receipt);
    } finally {
      read.close();
    }
  }

  #forget(id: string): void {
    clearTimeout(this.#open.get(id)?.timer);
    this.#open.delete(id);
  }

  #forgetAll(): void {
    for (const id of [...this.#open.keys()]) this.#forget(id);
  }

  /** Failures about evidence are told, and never keep a message from being delivered. */
  #report(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** The id of a message, so that 1 and "1" are two; undefined for a notification. */
function callId(message: Message | null | undefined): string | undefined {
  const id = message?.["id"] as unknown;
  return id === undefined || id === null ? undefined : JSON.stringify(id);
}

/** The answer as the server signed it: without its receipt, and without a "_meta" that
 * held nothing else. */
function withoutReceipt(result: Message): Message {
  const { _meta, ...rest } = result;
  const { _signet_bilateral: _, ...others } = _meta as Message;
  return Object.keys(others).length === 0 ? rest : { ...rest, _meta: others };
}

/** Now, but not before the request, even if the clock was set back. */
function later(requestedAt: string): string {
  const now = new Date().toISOString();
  return now < requestedAt ? requestedAt : now;
}
