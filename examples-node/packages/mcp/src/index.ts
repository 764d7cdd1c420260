// Signs the tool calls of an MCP client, whatever its transport.

export { SigningTransport } from "./signing-transport.js";
export type { BilateralNotice, SigningTransportOptions } from "./signing-transport.js";
