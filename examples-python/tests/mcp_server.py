"""An MCP server over stdio whose tools run only when verify_request lets them.

usage: mcp_server.py TRUSTED_KEY NONCE_FILE SERVER_SECRET
"""

import asyncio
import json
import sys

import mcp.types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

import signet_auth as signet

trusted_key, nonce_file, secret = sys.argv[1:]
server = Server("files")
keypair = signet.KeyPair(secret)
options = signet.VerifyOptions(
    trusted_keys=[trusted_key],
    expected_target="mcp://files",
    nonce_checker=signet.FileNonceChecker(nonce_file),
)


@server.list_tools()
async def list_tools():
    schema = {"type": "object", "properties": {"path": {"type": "string"}}}
    return [types.Tool(name=name, inputSchema=schema) for name in ("read", "delete")]


@server.call_tool()
async def call_tool(name, arguments):
    meta = server.request_context.meta
    params = {"name": name, "arguments": arguments}
    if meta is not None:
        params["_meta"] = meta.model_dump()
    result = signet.verify_request(params, options)
    if not result.ok:
        raise ValueError(result.error)
    content = {"done": name, "by": result.signer_name, "trusted": result.trusted}
    receipt = signet.Receipt.from_json(json.dumps(params["_meta"]["_signet"]))
    both = signet.sign_bilateral_with_outcome(
        keypair, receipt, content, "files", None, {"status": "executed"}
    )
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=json.dumps(content))],
        _meta={"_signet_bilateral": json.loads(both.to_json())},
    )


async def main():
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


asyncio.run(main())
