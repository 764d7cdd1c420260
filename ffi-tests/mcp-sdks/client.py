"""Calls the tools of a stdio server through the official Python SDK.

    client.py CALLS COMMAND [ARGUMENT...]

CALLS is a JSON array of {"name", "arguments"}. Prints {"tools", "results"}; a call
that the protocol refuses is {"refused": code}.
"""

import asyncio
import json
import os
import sys

from mcp import ClientSession, McpError, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main():
    calls, (command, *arguments) = json.loads(sys.argv[1]), sys.argv[2:]
    server = StdioServerParameters(command=command, args=arguments, env=dict(os.environ))
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        await session.initialize()
        tools = await session.list_tools()
        results = []
        for call in calls:
            try:
                result = await session.call_tool(call["name"], call["arguments"])
                results.append(result.model_dump(mode="json", by_alias=True, exclude_none=True))
            except McpError as error:
                results.append({"refused": error.error.code})
    listed = tools.model_dump(mode="json", by_alias=True, exclude_none=True)
    print(json.dumps({"tools": listed["tools"], "results": results}))


asyncio.run(main())
