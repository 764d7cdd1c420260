"""A client of the official Python SDK that takes the steps in a file and writes down
what came of each.

Usage: client.py STEPS RESULTS COMMAND [ARGUMENT...]
"""

import json
import os
import sys

import anyio
import mcp.client.stdio
from mcp import ClientSession, McpError, StdioServerParameters, types
from mcp.client.stdio import stdio_client
from pydantic import AnyUrl

# A busy machine is no reason to end a server by force.
mcp.client.stdio.PROCESS_TERMINATION_TIMEOUT = 60

heard = []


def plain(model):
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


async def hear(text, times):
    while sum(text in one for one in heard) < times:
        await anyio.sleep(0.01)


async def on_message(message):
    if isinstance(message, types.ServerNotification):
        heard.append(json.dumps(plain(message.root), separators=(",", ":")))


async def sample(context, params):
    said = params.messages[0].content.text
    content = types.TextContent(type="text", text=f"sampled: {said}")
    return types.CreateMessageResult(
        role="assistant", content=content, model="none", stopReason="endTurn"
    )


async def elicit(context, params):
    content = {"name": "Ada", "check": True, "integer": 7}
    return types.ElicitResult(action="accept", content=content)


class Client:
    def __init__(self, session, roots):
        self.session = session
        self.roots = roots

    async def tools(self):
        return await self.session.list_tools()

    async def resources(self):
        return await self.session.list_resources()

    async def templates(self):
        return await self.session.list_resource_templates()

    async def prompts(self):
        return await self.session.list_prompts()

    async def ping(self):
        return await self.session.send_ping()

    async def level(self, level):
        return await self.session.set_logging_level(level)

    async def call(self, tool, arguments):
        return await self.session.call_tool(tool, arguments)

    async def read(self, uri):
        return await self.session.read_resource(AnyUrl(uri))

    async def subscribe(self, uri):
        return await self.session.subscribe_resource(AnyUrl(uri))

    async def unsubscribe(self, uri):
        return await self.session.unsubscribe_resource(AnyUrl(uri))

    async def prompt(self, name, arguments):
        return await self.session.get_prompt(name, arguments)

    async def complete(self, ref, argument, context):
        kinds = {"ref/prompt": types.PromptReference}
        kind = kinds.get(ref["type"], types.ResourceTemplateReference)
        return await self.session.complete(kind(**ref), argument, context)

    async def new_roots(self, roots):
        self.roots[:] = roots
        await self.session.send_roots_list_changed()

    async def hear(self, text, times):
        await hear(text, times)

    async def move(self, old, new):
        os.rename(old, new)

    async def put(self, path):
        open(path, "x").close()

    async def remove(self, path):
        os.remove(path)

    async def progress(self, tool, arguments):
        steps = []

        async def on_progress(progress, total, message):
            steps.append([progress, total, message])

        result = await self.session.call_tool(tool, arguments, progress_callback=on_progress)
        return [steps, plain(result)]

    async def cancel(self, tool, arguments):
        """Cancels a call as soon as it makes progress."""
        number = self.session._request_id

        async def on_progress(progress, total, message):
            pass

        async def call():
            await self.session.call_tool(tool, arguments, progress_callback=on_progress)

        async with anyio.create_task_group() as group:
            group.start_soon(call)
            await hear(f'"progressToken":{number}', 1)
            params = types.CancelledNotificationParams(requestId=number, reason="enough")
            cancelled = types.CancelledNotification(params=params)
            await self.session.send_notification(types.ClientNotification(cancelled))
            group.cancel_scope.cancel()
        return number

    async def cancelled(self, times):
        """Waits until the cancelled call has made this much progress."""
        await hear(f'"progressToken":{self.last["cancel"]}', times)

    async def many(self, count, calls):
        """That many calls at once."""
        results = [None] * count

        async def one(number):
            tool, arguments = calls[number % len(calls)]
            text = json.dumps(arguments).replace('"#"', str(number)).replace("#", str(number))
            results[number] = await self.attempt("call", tool, json.loads(text))

        async with anyio.create_task_group() as group:
            for number in range(count):
                group.start_soon(one, number)
        return results

    last = {}

    async def attempt(self, verb, *arguments):
        try:
            result = await getattr(self, verb)(*arguments)
        except McpError as error:
            return {"error": plain(error.error)}
        self.last[verb] = result
        return plain(result) if hasattr(result, "model_dump") else result


async def main():
    steps, results, command, *arguments = sys.argv[1:]
    with open(steps, encoding="utf-8") as file:
        steps = json.load(file)
    server = StdioServerParameters(command=command, args=arguments, env=dict(os.environ))
    roots = steps["roots"]

    async def list_roots(context):
        heard.append("asked for roots")
        return types.ListRootsResult(roots=[types.Root(**root) for root in roots])

    done = []
    async with (
        stdio_client(server) as (read, write),
        ClientSession(
            read,
            write,
            sampling_callback=sample,
            elicitation_callback=elicit,
            list_roots_callback=list_roots,
            message_handler=on_message,
        ) as session,
    ):
        done.append(["initialize", plain(await session.initialize())])
        client = Client(session, roots)
        for step in steps["steps"]:
            done.append([step, await client.attempt(*step)])
    with open(results, "w", encoding="utf-8") as file:
        json.dump(done, file)


anyio.run(main)
