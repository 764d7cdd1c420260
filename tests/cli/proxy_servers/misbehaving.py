"""MCP servers that do what servers should not.

Usage: misbehaving.py WAY
"""

import json
import os
import signal
import subprocess
import sys
import time


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def calls():
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("method") == "tools/call":
            yield message


def response(message, text="ok"):
    result = {"content": [{"type": "text", "text": text}]}
    return json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result})


def ends_at_once():
    sys.exit(7)


def ends_in_mid_call():
    """Answers the first call and ends at the second."""
    waiting = calls()
    say(response(next(waiting)) + "\n")
    next(waiting)
    sys.exit(9)


def ends_well_in_mid_call():
    next(calls())


def is_killed():
    next(calls())
    os.kill(os.getpid(), signal.SIGKILL)


def leaves_output():
    """Says a lot and is gone before anybody has read it."""
    message = next(calls())
    for number in range(20000):
        say(json.dumps({"jsonrpc": "2.0", "method": "n", "params": {"n": number}}) + "\n")
    say(response(message) + "\n")
    sys.exit(5)


def leaves_half_a_line():
    message = next(calls())
    say(response(message)[:30])
    sys.exit(5)


def leaves_its_last_line_unended():
    message = next(calls())
    say(response(message))


def leaves_a_child():
    """Something that it has started holds its output open."""
    message = next(calls())
    subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL)
    say(response(message) + "\n")


def will_not_end():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for message in calls():
        say(response(message) + "\n")
    while True:
        time.sleep(1)


def is_told_to_end():
    """Says which signal it got, in good order."""

    def told(number, _):
        # The signal may come in the middle of the other line: no buffer is used.
        line = {"jsonrpc": "2.0", "method": "told", "params": {"signal": number}}
        os.write(1, json.dumps(line).encode() + b"\n")
        os._exit(0)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, told)
    say(json.dumps({"jsonrpc": "2.0", "method": "ready"}) + "\n")
    while True:
        time.sleep(1)


def talks_first():
    """Writes megabytes before it reads anything."""
    for number in range(40000):
        say(json.dumps({"jsonrpc": "2.0", "method": "n", "params": ["x" * 100, number]}) + "\n")
    for message in calls():
        say(response(message) + "\n")


def says_a_long_line():
    """Answers with 40 MB in one line, and then shortly."""
    waiting = calls()
    message = next(waiting)
    say(response(message, "x" * 40_000_000) + "\n")
    for message in waiting:
        say(response(message) + "\n")


def stops_in_a_long_line():
    """Begins a line that is too long, and goes on with it when the file is there."""
    next(calls())
    say("y" * 3_000_000)
    open("begun", "w").close()
    while not os.path.exists(sys.argv[2]):
        time.sleep(0.02)
    say("\n")
    for message in calls():
        say(response(message) + "\n")


def answers_oddly():
    """Says what strict readers refuse, twice, and to nobody."""
    for message in calls():
        say('{"jsonrpc":"2.0","id":%d,"result":NaN}\n' % message["id"])
        say("\n  \nnot json\n")
        say('{"jsonrpc":"2.0","id":"nobody","result":{}}\n')
        say(response(message) + "\r\n")
        say(response(message, "again") + "\n")


def answers_before_it_is_asked():
    """Answers the first two calls before they are made, and then once more."""
    for number in (1, 2):
        say(response({"id": number}, "early") + "\n")
    for message in calls():
        say(response(message, "late") + "\n")


def answers_for_lax_readers():
    """Says one thing to clients that are not strict, and another thing after."""
    lax = [
        '{"jsonrpc":"2.0","id":%d,"id":%d,"result":{}}',
        ' {"id":%d,"result":{}}',
        '{"jsonrpc":"2.0","ID":%d,"result":{}}',
        '[{"jsonrpc":"2.0","id":%d,"result":{},"error":null}]',
        '{"jsonrpc":"2.0","id":"%d","result":{}}',
    ]
    for message, text in zip(calls(), lax):
        say(text.replace("%d", str(message["id"])) + "\n" + response(message) + "\n")


def prints_what_it_does():
    said = ["[info] called", '{"level":"info","error":null}', "{}"]
    for message, text in zip(calls(), said):
        say(text + "\n" + response(message) + "\n")


def asks_back():
    """Has requests of its own, with the ids of the client's."""
    for message in calls():
        say(json.dumps({"jsonrpc": "2.0", "id": message["id"], "method": "roots/list"}) + "\n")
        sys.stdin.readline()
        say(response(message) + "\n")


def closes_its_output():
    next(calls())
    os.close(1)
    sys.stdin.read()
    sys.exit(0)


globals()[sys.argv[1].replace("-", "_")]()
