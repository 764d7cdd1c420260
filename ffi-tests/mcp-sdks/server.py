"""A server of the official Python SDK that writes down every tool it runs."""

import json
import os
from typing import Any

from mcp.server.fastmcp import FastMCP

server = FastMCP("bank", log_level="CRITICAL")


def executed(tool: str, note: Any) -> str:
    with open(os.environ["EXECUTED"], "a", encoding="utf-8") as file:
        file.write(json.dumps([tool, note]) + "\n")
    return "done"


@server.tool()
def echo(note: Any = None, a: Any = None) -> str:
    return executed("echo", note)


@server.tool()
def delete_all(note: Any = None, a: Any = None) -> str:
    return executed("delete_all", note)


server.run("stdio")
