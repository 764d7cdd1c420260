// The guarded server as a program, over stdio.

import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";

import { guardedServer } from "./guarded-server.js";

await guardedServer().connect(new StdioServerTransport());
