"""Stands between two programs that talk over standard input and output, passes on
every byte as it comes and writes down what each of them said.

Usage: recorder.py INPUT OUTPUT STATUS COMMAND [ARGUMENT...]
"""

import os
import subprocess
import sys
import threading


def copy(source, sink, path):
    with open(path, "wb", buffering=0) as record:
        while chunk := os.read(source, 65536):
            record.write(chunk)
            while chunk:
                chunk = chunk[os.write(sink, chunk) :]


def from_client(path, child):
    try:
        copy(0, child.stdin.fileno(), path)
    except BrokenPipeError:
        pass
    child.stdin.close()


said, answered, status = sys.argv[1:4]
child = subprocess.Popen(sys.argv[4:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
threading.Thread(target=from_client, args=[said, child], daemon=True).start()
copy(child.stdout.fileno(), 1, answered)
os.close(1)
code = child.wait()
with open(status, "w") as file:
    file.write(str(code))
os._exit(code & 255)
