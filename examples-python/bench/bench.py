"""Times the package against C in the same process, and against the published package
in a process that takes turns. Prints one table of ratios.

usage: bench.py LIBPROBE.SO PYTHON-WITH-THE-PUBLISHED-PACKAGE
"""

import ctypes
import json
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 15
PARAMS = {"path": "/srv/data/report.csv", "recursive": False, "owner": "alice", "mode": 420}
SEED = bytes(range(32))


def contest(contestants):
    """Seconds for a call of each, taking turns: the median of the rounds."""
    found = {name: [] for name in contestants}
    for work, times in contestants.values():
        work(max(1, times // 10))
    for _ in range(ROUNDS):
        for name, (work, times) in contestants.items():
            begun = time.perf_counter()
            work(times)
            found[name].append((time.perf_counter() - begun) / times)
    return {name: statistics.median(times) for name, times in found.items()}


def repeat(call):
    def work(times):
        for _ in range(times):
            call()

    return work


def of_the_package(signet):
    """What a user of either package does."""
    pair = signet.generate_keypair()
    secret, public = pair.secret_key, pair.public_key
    receipt = signet.sign(secret, signet.Action("t", PARAMS), "deploy-bot", "ops")
    text = receipt.to_json()
    home = tempfile.mkdtemp()
    agent = signet.SigningAgent.create("bot", signet_dir=home)
    try:
        # The published package never waits for the disk.
        quick = signet.SigningAgent.create(
            "quick", signet_dir=tempfile.mkdtemp(), durability="none"
        )
    except TypeError:
        quick = agent
    return {
        "sign(secret, Action(tool, params), name)": (
            repeat(lambda: signet.sign(secret, signet.Action("t", PARAMS), "deploy-bot", "ops")),
            400,
        ),
        "verify(receipt, key)": (repeat(lambda: signet.verify(receipt, public)), 400),
        "verify(Receipt.from_json(text), key)": (
            repeat(lambda: signet.verify(signet.Receipt.from_json(text), public)),
            400,
        ),
        "SigningAgent.sign(), not recorded": (
            repeat(lambda: agent.sign("t", PARAMS, audit=False)),
            400,
        ),
        "SigningAgent.sign(), recorded": (repeat(lambda: quick.sign("t", PARAMS)), 100),
        "SigningAgent.sign(), on the disk": (repeat(lambda: agent.sign("t", PARAMS)), 30),
    }


def serve():
    """The published package, in its own process: a line in, a round out."""
    import signet_auth as signet

    contestants = of_the_package(signet)
    for line in sys.stdin:
        work, times = contestants[json.loads(line)]
        begun = time.perf_counter()
        work(times)
        print(json.dumps((time.perf_counter() - begun) / times), flush=True)


def published(python):
    process = subprocess.Popen(
        [python, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def ask(name):
        process.stdin.write(json.dumps(name) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    return ask


def main():
    import signet_auth as signet
    from signet_auth import signing

    probe = ctypes.CDLL(sys.argv[1])
    theirs = published(sys.argv[2])
    pair = signet.KeyPair.from_secret(SEED)
    action = signet.Action("t", PARAMS).to_json().encode()
    probe.probe_prepare(SEED, action, ctypes.c_size_t(len(action)))
    receipt = signing.sign_action(pair._pointer(), action, b"deploy-bot", b"ops")
    text = bytes(receipt)

    def parse_and_verify():
        signet.verify(signet.Receipt.from_json(text), pair.public_key)

    against_c = []

    def race(name, c_work, ours, times):
        found = contest({"c": (c_work, times), "python": (ours, times)})
        against_c.append((name, found["python"], found["python"] / found["c"]))

    race(
        "sign (key pair, action as text)",
        lambda times: probe.probe_sign(ctypes.c_uint32(times)),
        repeat(lambda: signing.sign_action(pair._pointer(), action, b"deploy-bot", b"ops")),
        1000,
    )
    race(
        "sign (key pair, Action of params)",
        lambda times: probe.probe_sign(ctypes.c_uint32(times)),
        repeat(lambda: signet.sign(pair, signet.Action("t", PARAMS), "deploy-bot", "ops")),
        1000,
    )
    race(
        "verify (parse and verify)",
        lambda times: probe.probe_verify(ctypes.c_uint32(times)),
        repeat(lambda: signing.check_receipt(text, [pair.public_key])),
        1000,
    )
    race(
        "verify (Receipt.from_json and verify)",
        lambda times: probe.probe_verify(ctypes.c_uint32(times)),
        repeat(parse_and_verify),
        1000,
    )
    for durability, number, times in (("none", 2, 500), ("sync", 0, 50)):
        home = tempfile.mkdtemp().encode()
        probe.probe_log(
            home,
            ctypes.c_size_t(len(home)),
            text,
            ctypes.c_size_t(len(text)),
            ctypes.c_int32(number),
        )
        log = signet.AuditLog(tempfile.mkdtemp(), durability=durability)
        race(
            f"append (durability {durability})",
            lambda times: probe.probe_append(ctypes.c_uint32(times)),
            repeat(lambda: log.append(text)),
            times,
        )

    print("| call | from Python | to C |\n| --- | ---: | ---: |")
    for name, seconds, ratio in against_c:
        print(f"| {name} | {seconds * 1e6:.1f} µs | {ratio:.2f} |")

    print("\n| call | this package | to the published one |\n| --- | ---: | ---: |")
    for name, (work, times) in of_the_package(signet).items():
        work(times // 10)
        theirs(name)
        ours, other = [], []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            work(times)
            ours.append((time.perf_counter() - begun) / times)
            other.append(theirs(name))
        mine, other_ = statistics.median(ours), statistics.median(other)
        print(f"| {name} | {mine * 1e6:.1f} µs | {mine / other_:.2f} |")

    begun = [import_time(sys.executable) for _ in range(7)]
    other = [import_time(sys.argv[2]) for _ in range(7)]
    mine, other_ = statistics.median(begun), statistics.median(other)
    print(f"| import signet_auth | {mine * 1e3:.1f} ms | {mine / other_:.2f} |")


def import_time(python):
    program = (
        "import time; t = time.perf_counter(); import signet_auth; print(time.perf_counter() - t)"
    )
    return float(subprocess.run([python, "-c", program], capture_output=True, text=True).stdout)


if __name__ == "__main__":
    serve() if "--serve" in sys.argv else main()
