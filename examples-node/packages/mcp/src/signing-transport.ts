// A transport around another one, which signs every tool call that goes out and looks for
// the server's receipt in every answer that comes back.
//
// What cannot be signed is not sent: `send` fails, and the caller knows.

import type {
  Transport,
  TransportSendOptions,
} from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage, MessageExtraInfo } from "@modelcontextprotocol/sdk/types.js";
import { Keypair, RawJson, Receipt, Verifier, signMessage, verifyResponseMessage } from "@signet-auth/core";
import type { BilateralReceipt, CompoundReceipt, Report, Secret, SignetReceipt, ToolCall } from "@signet-auth/core";

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
  readonly call: ToolCall;
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
  #verifier: Verifier | undefined;

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
    // The text that the transport will send, and no other: what it cannot write, such as a
    // BigInt, throws here and is not sent either.
    const text = JSON.stringify(message);
    const signed = signMessage(this.#keypair, text, this.#name, {
      owner: this.#owner,
      target: this.#options.target ?? "unknown",
      transport: this.#options.transport ?? "stdio",
    });
    if (signed.calls.length === 0) return this.#inner.send(message, options);
    const begun: string[] = [];
    try {
      for (const call of signed.calls) {
        const id = this.#begin(call);
        if (id !== undefined) begun.push(id);
        await this.#dispatched(call);
      }
      await this.#inner.send(JSON.parse(signed.message) as JSONRPCMessage, options);
    } catch (error) {
      for (const id of begun) this.#forget(id);
      throw error;
    }
  }

  /** Waits for the answer to a call. Notifications have none. */
  #begin(call: ToolCall): string | undefined {
    const { id } = call;
    if (id === undefined) return undefined;
    if (this.#open.has(id)) throw new Error(`a tool call with the id ${id} is still open`);
    const wait = this.#options.responseTimeout ?? 30_000;
    const timer = setTimeout(() => {
      this.#forget(id);
      this.onerror?.(new Error(`tool call ${id}: no answer within ${wait} ms, so it gets no receipt`));
    }, wait);
    timer.unref();
    this.#open.set(id, { call, timer });
    return id;
  }

  async #dispatched(call: ToolCall): Promise<void> {
    if (!this.#options.onDispatch) return;
    const receipt = call.receipt();
    const plain = receipt.toJSON() as SignetReceipt;
    receipt.close();
    await this.#options.onDispatch(plain);
  }

  #received(message: unknown): void {
    for (const one of (Array.isArray(message) ? message : [message]) as Message[]) {
      const isAnswer = one?.["id"] !== undefined && one["method"] === undefined;
      const id = isAnswer ? JSON.stringify(one["id"]) : undefined;
      const open = id === undefined ? undefined : this.#open.get(id);
      if (open === undefined) continue;
      this.#open.delete(id!);
      clearTimeout(open.timer);
      this.#report(() => this.#sawResponse(open.call, one));
      this.#report(() => this.#sawBilateral(open.call, one));
      open.call.close();
    }
  }

  /** Signs the call and its answer. */
  #sawResponse(call: ToolCall, answer: Message): void {
    const { onReceipt } = this.#options;
    if (!onReceipt) return;
    const receipt = call.receipt();
    const requestedAt = receipt.text("time")!;
    const action = {
      tool: receipt.text("tool")!,
      params: new RawJson(receipt.params),
      target: receipt.text("target")!,
      transport: receipt.text("transport")!,
      call_id: receipt.text("call_id")!,
    };
    const response = answer["result"] ?? answer["error"] ?? null;
    const exchange = { response, requestedAt, respondedAt: later(requestedAt) };
    const signed = Receipt.signCompound(this.#keypair, action, exchange, this.#name, {
      owner: this.#owner,
    });
    receipt.close();
    try {
      onReceipt(signed.toJSON() as CompoundReceipt);
    } finally {
      signed.close();
    }
  }

  /** Verifies the server's receipt, if there is one. */
  #sawBilateral(call: ToolCall, message: Message): void {
    const found = message["result"]?._meta?._signet_bilateral as BilateralReceipt | null | undefined;
    if (found == null) return;
    const text = JSON.stringify(message);
    this.#verifier ??= this.#verifierOf(this.#options.trustedServerKeys ?? []);
    const { report } = verifyResponseMessage(this.#verifier, call, text);
    if (report.ok) {
      this.#options.onBilateral?.(found);
      return;
    }
    this.#sawUntrusted(call, text, found, report);
  }

  #sawUntrusted(call: ToolCall, text: string, receipt: BilateralReceipt, report: Report): void {
    const { server } = report;
    if (report.code !== "signer_untrusted" || server === undefined) throw report.error;
    // Sound under the server's own key, or not worth telling of.
    const verifier = this.#verifierOf([server.key]);
    const again = verifyResponseMessage(verifier, call, text).report;
    verifier.close();
    if (!again.ok) throw again.error;
    const { onUntrustedBilateral, allowUntrustedBilateral, onBilateral } = this.#options;
    onUntrustedBilateral?.({ receipt, reason: report.message });
    if (allowUntrustedBilateral) onBilateral?.(receipt);
    else if (!onUntrustedBilateral) throw report.error;
  }

  #verifierOf(trustedServers: readonly string[]): Verifier {
    const seconds = Math.max(300, Math.ceil((this.#options.responseTimeout ?? 0) / 1000));
    return new Verifier({
      trustedKeys: [this.#keypair.publicText],
      trustedServers,
      maxAgeSeconds: seconds,
      responseWindowSeconds: seconds,
      // An answer counts for its own call, which is open once.
      replay: "off",
    });
  }

  #forget(id: string): void {
    const open = this.#open.get(id);
    this.#open.delete(id);
    clearTimeout(open?.timer);
    open?.call.close();
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

/** Now, but not before the request, even if the clock was set back. */
function later(requestedAt: string): string {
  const now = new Date().toISOString();
  return now < requestedAt ? requestedAt : now;
}
