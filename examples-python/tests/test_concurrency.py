"""Threads, tasks and processes."""

import asyncio
import gc
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import skip

import signet_auth as signet
from signet_auth import Action

THREADS = 16
TIMES = int(os.environ.get("SIGNET_TORTURE", "1"))


def run_in_threads(work, count=THREADS):
    """Runs work(index) in threads that start together; raises what one raised."""
    barrier = threading.Barrier(count)

    def started(index):
        barrier.wait()
        return work(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(started, range(count)))


def test_threads_share_an_agent(agent):
    def work(index):
        return [agent.sign("t", {"thread": index, "n": count}).id for count in range(25)]

    ids = {one for made in run_in_threads(work) for one in made}
    assert len(ids) == THREADS * 25
    assert {record.receipt.id for record in agent.audit_query()} == ids
    assert agent.audit_verify_chain().valid
    assert agent.audit_verify_signatures().valid == len(ids)


def test_errors_stay_with_their_call(keypair):
    """Each thread provokes an error of its own, over and over, and sees no other's."""
    other = signet.generate_keypair().public_key
    receipt = signet.sign(keypair, Action("t"), "bot")
    expired = signet.sign_with_expiration(keypair, Action("t"), "bot", "", "2020-01-01T00:00:00Z")

    def key(index):
        with pytest.raises(signet.InvalidKeyError) as caught:
            signet.PublicKey(f"thread-{index}")
        return caught.value

    def syntax(index):
        with pytest.raises(signet.JsonSyntaxError) as caught:
            signet.canonicalize(" " * index + "x")
        assert caught.value.position == index
        return caught.value

    def duplicate(index):
        with pytest.raises(signet.JsonDuplicateMemberError) as caught:
            signet.canonicalize(f'{{"m{index}":1,"m{index}":2}}')
        assert f"m{index}" in str(caught.value)
        return caught.value

    def expiry(_index):
        with pytest.raises(signet.ExpiredError) as caught:
            signet.verify(expired, keypair.public_key)
        return caught.value

    def fine(_index):
        assert signet.verify(receipt, keypair.public_key)
        assert not signet.verify(receipt, other)

    kinds = [key, syntax, duplicate, expiry, fine]

    def work(index):
        for _ in range(200 * TIMES):
            error = kinds[index % len(kinds)](index)
            assert error is None or error.status == type(error).STATUS

    run_in_threads(work)


def test_a_signers_failure_stays_with_its_call(keypair):
    def signer_of(index):
        def signer(_message):
            time.sleep(0)
            raise LookupError(index)

        return signet.KeyPair.from_signer(keypair.public_key, signer)

    def work(index):
        elsewhere = signer_of(index)
        for _ in range(100):
            with pytest.raises(signet.SignerFailedError) as caught:
                elsewhere.sign(b"message")
            assert caught.value.__cause__.args == (index,)

    run_in_threads(work)


def test_other_threads_run_while_one_waits(keypair):
    """A call that takes long gives the interpreter's lock away."""
    big = Action("t", ["x" * 50] * 100_000)
    text = signet.sign(keypair, big, "bot").to_json()
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.0005)

    ticker = threading.Thread(target=tick)
    ticker.start()
    try:
        during = 0
        for _ in range(20):
            before = len(ticks)
            signet.canonicalize(text)
            during += len(ticks) - before
    finally:
        stop.set()
        ticker.join()
    assert during > 0


def test_asyncio(agent):
    async def one(count):
        return await asyncio.to_thread(agent.sign, "t", {"n": count})

    async def main():
        return await asyncio.gather(*[one(count) for count in range(100)])

    receipts = asyncio.run(main())
    assert [receipt.action.params["n"] for receipt in receipts] == list(range(100))
    assert len(agent.audit_query()) == 100 and agent.audit_verify_chain().valid


def test_a_slow_signer_of_a_log_stops_nobody(home, keypair):
    """The log waits for the signer, the signer for the interpreter: whoever holds the
    interpreter must not wait for the log."""
    signing, done = threading.Event(), threading.Event()

    def signer(message):
        signing.set()
        time.sleep(0.2)
        return keypair.sign(message)

    slow = signet.KeyPair.from_signer(keypair.public_key, signer)
    with signet.AuditLog(home, log_key=slow) as log:
        log.append(signet.sign(keypair, Action("t"), "bot"))
        thread = threading.Thread(target=lambda: (log.checkpoint(), done.set()), daemon=True)
        thread.start()
        assert signing.wait(10)
        while not done.is_set():
            assert len(log) == 1
            log.recovery()
        thread.join(10)
        assert not thread.is_alive()


# Processes


def child_signs(agent, count):
    for number in range(count):
        agent.sign("child", {"n": number})


def check_child(process):
    process.join(60)
    assert process.exitcode == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_agent_goes_on_after_fork(agent):
    agent.sign("before")
    fork = multiprocessing.get_context("fork")
    children = [fork.Process(target=child_signs, args=(agent, 20)) for _ in range(4)]
    for child in children:
        child.start()
    for _ in range(20):
        agent.sign("parent")
    for child in children:
        check_child(child)
    tools = [record.receipt.action.tool for record in agent.audit_query()]
    assert (tools.count("before"), tools.count("parent"), tools.count("child")) == (1, 20, 80)
    assert agent.audit_verify_chain().valid and agent.audit_verify_signatures().valid == 101


def child_uses_the_parents_log(log, text):
    try:
        log.append(text)
    except signet.LogClosedError:
        gc.collect()
        return
    raise AssertionError("a child wrote through its parent's log")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_log_belongs_to_its_process(home, keypair):
    with signet.AuditLog(home) as log:
        receipt = signet.sign(keypair, Action("t"), "bot").to_json()
        log.append(receipt)
        child = multiprocessing.get_context("fork").Process(
            target=child_uses_the_parents_log, args=(log, receipt)
        )
        child.start()
        check_child(child)
        # The parent's is as it was.
        assert log.append(receipt).index == 1 and log.verify().ok


def spawned(home, count):
    with signet.SigningAgent("bot", signet_dir=home) as agent:
        child_signs(agent, count)


def test_processes_share_a_log(agent, home):
    spawn = multiprocessing.get_context("spawn")
    children = [spawn.Process(target=spawned, args=(home, 25)) for _ in range(3)]
    for child in children:
        child.start()
    for _ in range(25):
        agent.sign("parent")
    for child in children:
        check_child(child)
    assert len(agent.audit_query()) == 100
    assert agent.audit_verify_chain().valid


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_keys_and_receipts_after_fork(keypair):
    receipt = signet.sign(keypair, Action("t"), "bot")

    def child():
        assert signet.verify(receipt, keypair.public_key)
        assert signet.sign(keypair, Action("t"), "bot").nonce != receipt.nonce

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    check_child(process)


# Exit and memory


def test_exit_with_running_threads_is_quiet(home):
    program = """
import sys, threading, time
import signet_auth as signet
agent = signet.SigningAgent.create("bot", signet_dir=sys.argv[1])
def work():
    while True:
        agent.sign("t")
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.2)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, home], capture_output=True, text=True, timeout=60
    )
    # Daemon threads may be told that the log is closed; nothing may crash.
    assert done.returncode == 0, done.stderr
    assert "Fatal" not in done.stderr and "Segmentation" not in done.stderr
    assert signet.audit_verify_chain(home).valid


def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def objects_of_every_kind(keypair):
    """About twenty objects and handles, errors among them."""
    pair = signet.generate_keypair()
    with signet.KeyPair.from_signer(pair.public_key, pair.sign) as elsewhere:
        receipt = signet.sign(elsewhere, Action("t", {"n": 2**60}), "bot")
    signet.verify(receipt, pair.public_key)
    signet.verify(receipt, keypair.public_key)
    receipt.action.params
    both = signet.sign_bilateral(keypair, receipt, {"ok": True}, "server")
    both.agent_receipt
    signet.verify_bilateral(both, keypair.public_key)
    token = signet.sign_delegation(
        keypair, "root", pair.public_key, "sub", '{"tools":["*"],"targets":["*"],"max_depth":0}'
    )
    signet.verify_delegation(token)
    policy = signet.Policy('{"version":1,"rules":[]}')
    policy.sign(pair, Action("t"), "bot")
    for text in ("{", '{"v":1}', '{"v":9}'):
        try:
            signet.Receipt.from_json(text)
        except signet.SignetError:
            pass


def test_nothing_leaks_over_a_hundred_thousand_objects(keypair):
    if not os.path.exists("/proc/self/statm"):
        skip("there is no /proc to read the memory from")
    for _ in range(300):
        objects_of_every_kind(keypair)
    gc.collect()
    before = resident()
    for _ in range(100_000 // 20):
        objects_of_every_kind(keypair)
    gc.collect()
    grown = resident() - before
    # A lost handle of 200 bytes in each round would be a megabyte.
    assert grown < 1_000_000, f"grew by {grown} bytes"


def test_nothing_leaks_in_a_log(home, keypair):
    if not os.path.exists("/proc/self/statm"):
        skip("there is no /proc to read the memory from")
    receipt = signet.sign(keypair, Action("t"), "bot")
    with signet.AuditLog(home, durability="none") as log:
        log.append_many([receipt] * 100)
        for _ in range(200):
            log[5], log.query(limit=5), log.verify(limit=5)
        before = resident()
        for _ in range(1_000):
            log[5], log.query(limit=5), log.verify(limit=5)
            try:
                log[100]
            except signet.RecordNotFoundError:
                pass
        gc.collect()
        grown = resident() - before
    assert grown < 1_000_000, f"grew by {grown} bytes"
