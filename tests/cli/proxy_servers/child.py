"""An MCP server that writes down every line it gets and believes everything.

Batches are answered, NaN and half surrogate pairs are fine with it: what the
proxy lets through is executed.

Usage: child.py SEEN
"""

import json
import os
import sys


def answer(message):
    if not isinstance(message, dict) or "id" not in message or "method" not in message:
        return None
    params = message.get("params")
    params = params if isinstance(params, dict) else {}
    tool = params.get("name")
    response = {"jsonrpc": "2.0", "id": message["id"]}
    if message["method"] != "tools/call":
        response["result"] = {"method": message["method"]}
    elif tool == "silent":
        return None
    elif tool == "explode":
        response["error"] = {"code": -32000, "message": "boom"}
    elif tool == "softfail":
        response["result"] = {
            "isError": True,
            "content": [{"type": "text", "text": "soft failure"}],
        }
    elif tool == "env":
        names = params["arguments"]["names"]
        response["result"] = {"env": {name: os.environ.get(name) for name in names}}
    elif tool == "big":
        text = "x" * params["arguments"]["length"]
        response["result"] = {"content": [{"type": "text", "text": text}]}
    else:
        response["result"] = {"content": [{"type": "text", "text": f"ok {tool}"}]}
    return response


def main():
    with open(sys.argv[1], "wb") as seen:
        for line in sys.stdin.buffer:
            seen.write(line)
            seen.flush()
            try:
                read = json.loads(line.decode("utf-8", "surrogateescape"))
            except ValueError:
                continue
            messages = read if isinstance(read, list) else [read]
            answers = [one for one in map(answer, messages) if one is not None]
            if isinstance(read, list) and answers:
                print(json.dumps(answers), flush=True)
            elif answers:
                print(json.dumps(answers[0]), flush=True)


main()
