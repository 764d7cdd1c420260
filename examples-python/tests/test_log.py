"""The audit log."""

import copy
import datetime
import json
import os
import pickle
import shutil

import pytest

import signet_auth as signet
from signet_auth import Action


@pytest.fixture
def log(home):
    with signet.AuditLog(home, log_key=signet.generate_keypair(), origin="example.com/log") as made:
        yield made


@pytest.fixture
def filled(log, keypair):
    for count in range(5):
        log.append(signet.sign(keypair, Action(f"tool_{count}", {"n": count}), "bot"))
    return log


def day_file(home):
    folder = os.path.join(home, "audit")
    (name,) = [one for one in os.listdir(folder) if one.endswith(".jsonl")]
    return os.path.join(folder, name)


def test_records_read_as_attributes_and_items(filled):
    record = filled[1]
    assert record.index == 1 and record.file.endswith(".jsonl")
    assert record.receipt.ts == record.receipt["ts"]
    assert record.receipt.action.tool == record.receipt["action"]["tool"] == "tool_1"
    assert isinstance(record.receipt, dict) and json.loads(json.dumps(record.receipt))
    assert (
        copy.deepcopy(record.receipt)
        == pickle.loads(pickle.dumps(record.receipt))
        == record.receipt
    )
    with pytest.raises(AttributeError):
        record.receipt.ts = "later"
    assert record.receipt.get("exp") is None
    assert json.loads(record.receipt_json) == record.receipt
    assert record.prev_hash == filled[0].record_hash
    assert filled[0].prev_hash == "sha256:" + "0" * 64
    assert signet.record_hash(record.line) == record.record_hash


def test_a_recorded_receipt_verifies(filled, keypair):
    receipt = signet.Receipt.from_json(filled[2].receipt_json)
    assert signet.verify(receipt, keypair.public_key)
    assert signet.verify(filled[2].receipt, keypair.public_key)
    assert signet.verify_any(filled[2].receipt_json, keypair.public_key)


def test_appends_answer_where_records_stand(log, keypair):
    receipts = [signet.sign(keypair, Action(str(count)), "bot") for count in range(4)]
    first = log.append(receipts[0])
    rest = log.append_many([receipts[1], receipts[2].to_json(), dict(receipts[3])])
    assert [one.index for one in [first, *rest]] == [0, 1, 2, 3] and first.durable
    assert [one.record_hash for one in [first, *rest]] == [record.record_hash for record in log]
    assert log.append_many([]) == []
    assert len(log) == 4 and log.sync() == 4 and log.refresh() == 4


@pytest.mark.parametrize("record", ["", "x", "[]", "5", b"\xff", "{"])
def test_what_is_no_record_is_refused(log, record):
    with pytest.raises(signet.SignetError):
        log.append(record)
    assert len(log) == 0


def test_reading(filled):
    assert [record.index for record in filled] == [0, 1, 2, 3, 4]
    assert [record.index for record in filled.records(2, batch=2)] == [2, 3, 4]
    assert filled[-1].index == 4
    with pytest.raises(signet.RecordNotFoundError):
        filled[5]
    with pytest.raises(IndexError):
        filled[-6]
    seen = []
    filled.visit(lambda record: seen.append(record.index) or len(seen) < 2)
    assert seen == [0, 1]


def test_queries(filled):
    def found(**asked):
        return [record.index for record in filled.query(**asked)]

    assert found() == [0, 1, 2, 3, 4]
    assert found(tool="tool_3") == [3] and found(tool="ool") == [0, 1, 2, 3, 4]
    assert found(signer="bot", limit=2) == [3, 4] and found(signer="bo") == []
    assert found(limit=2, newest_first=True) == [4, 3]
    assert found(since="2999-01-01T00:00:00Z") == []
    with pytest.raises(signet.TimestampInvalidError):
        found(since="yesterday")


def test_what_a_callback_raises_comes_out(filled):
    def fail(_):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        filled.visit(fail)
    with pytest.raises(LookupError, match="mine"):
        filled.verify(on_progress=fail)
    # And the log goes on.
    assert filled.verify().ok


def test_the_log_may_be_used_in_a_callback(filled):
    assert len([filled[record.index] for record in filled]) == 5
    seen = []
    filled.visit(lambda record: seen.append(filled[record.index].record_hash))
    assert len(seen) == 5


def test_verification(filled, keypair):
    told = []
    report = filled.verify(on_progress=told.append)
    assert report and report.verdict == "SIGNET_OK" and report.records == 5
    assert told and told[-1] == 5
    assert report.last_hash == filled[4].record_hash
    signed = filled.verify([keypair.public_key], signatures=True)
    assert signed.ok and signed.signatures_valid == 5
    assert filled.verify(any_signer=True).ok
    other = filled.verify([signet.generate_keypair().public_key], signatures=True)
    assert not other and other.signatures_failed == 5
    assert {finding.kind for finding in other.findings} == {"signer_untrusted"}
    with pytest.raises(signet.LogTamperedError):
        other.require()


def test_a_verification_can_be_stopped(filled):
    with pytest.raises(signet.StoppedError):
        filled.verify(on_progress=lambda _records: False)


def test_findings_are_bounded(filled):
    told = []
    report = filled.verify(
        [signet.generate_keypair().public_key],
        signatures=True,
        max_findings=2,
        on_finding=told.append,
    )
    assert (len(report.findings), report.finding_count, len(told)) == (2, 5, 5)


def test_a_changed_record_is_found(filled, home):
    filled.close()
    path = day_file(home)
    lines = open(path, encoding="utf-8").read().splitlines(keepends=True)
    lines[2] = lines[2].replace("tool_2", "tool_X")
    open(path, "w", encoding="utf-8").write("".join(lines))
    report = signet.verify_folder(os.path.join(home, "audit"))
    assert report.verdict == "SIGNET_ERR_LOG_TAMPERED" and report.first_bad == 2
    finding = report.findings[0]
    assert (finding.kind, finding.line) == ("hash_mismatch", 3)
    assert finding.expected_hash != finding.actual_hash and finding.detail
    status = signet.audit_verify_chain(home)
    assert not status.valid and status.break_point.line == 3 and status.verdict == report.verdict
    assert status.break_point.file == os.path.basename(path)


def test_a_cut_log_is_found(filled, home):
    filled.close()
    path = day_file(home)
    lines = open(path, encoding="utf-8").read().splitlines(keepends=True)
    open(path, "w", encoding="utf-8").write("".join(lines[:-1]))
    assert signet.verify_folder(os.path.join(home, "audit")).verdict == "SIGNET_ERR_LOG_TRUNCATED"


def test_a_torn_end_is_set_aside_and_told(filled, home):
    filled.close()
    with open(day_file(home), "a", encoding="utf-8") as file:
        file.write('{"receipt":{"v":1')
    with pytest.raises(signet.LogDamagedError):
        signet.AuditLog(home, repair=False).append("{}")
    with signet.AuditLog(home) as log:
        assert log.recovery()["verdict"] == "TORN"
        assert len(log) == 5


def test_proofs_verify_offline(filled):
    proof, vkey = filled.prove(3), filled.verifier_key
    place = signet.verify_proof(proof, filled[3].record_hash, vkey)
    assert (place.index, place.size) == (3, 5)
    with pytest.raises(signet.ProofInvalidError):
        signet.verify_proof(proof, filled[2].record_hash, vkey)
    with pytest.raises(ValueError):
        signet.verify_proof(proof, "sha256:x", vkey)


def test_checkpoints_continue_each_other(filled, keypair):
    old = filled.checkpoint()
    filled.append(signet.sign(keypair, Action("more"), "bot"))
    new = filled.checkpoint()
    proof = filled.prove_consistency(5)
    signet.verify_consistency(old, new, proof, filled.verifier_key)
    with pytest.raises(signet.ProofInvalidError):
        signet.verify_consistency(new, old, proof, filled.verifier_key)
    assert filled.verify(checkpoint=old, verifier_key=filled.verifier_key).ok


def test_without_a_log_key_there_are_no_checkpoints(home):
    with signet.AuditLog(home) as log, pytest.raises(signet.InvalidArgumentError):
        log.checkpoint()


def test_a_closed_log(log):
    log.close()
    log.close()
    for use in (lambda: len(log), lambda: log.append("{}"), lambda: list(log)):
        with pytest.raises(signet.LogClosedError):
            use()


def test_durability_is_chosen(home, keypair):
    receipt = signet.sign(keypair, Action("t"), "bot")
    with signet.AuditLog(home, durability="none") as log:
        assert log.append(receipt).durable is False
        assert log.sync() == 1
    with pytest.raises(ValueError, match="durability is one of"):
        signet.AuditLog(home, durability="always")


# The functions of the published package


def test_append_and_query(home, keypair):
    receipts = [signet.sign(keypair, Action(tool), "bot") for tool in ("read", "write")]
    records = [signet.audit_append(home, receipt) for receipt in receipts]
    assert records[1].prev_hash == records[0].record_hash
    assert records[0].receipt["id"] == receipts[0].id
    found = signet.audit_query(home, tool="rit", signer="bot")
    assert [record.receipt.id for record in found] == [receipts[1].id]
    assert [r.receipt.id for r in signet.audit_query(home, limit=1)] == [receipts[1].id]


@pytest.mark.parametrize(
    "since, count",
    [
        ("1h", 1),
        (" 24h ", 1),
        ("7d", 1),
        ("-1h", 0),
        ("2020-01-01T00:00:00Z", 1),
        ("2999-01-01T00:00:00+02:00", 0),
        (datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc), 1),
        (datetime.datetime(2999, 1, 1, tzinfo=datetime.timezone.utc), 0),
    ],
)
def test_since(agent, since, count):
    agent.sign("t")
    assert len(agent.audit_query(since=since)) == count


@pytest.mark.parametrize("since", ["x", "24", "h", "24日", "9" * 30 + "h", "999999999d", ""])
def test_a_bad_since_is_refused(agent, since):
    agent.sign("t")
    with pytest.raises(signet.SignetError):
        agent.audit_query(since=since)


def test_since_needs_a_time_zone(agent):
    with pytest.raises(ValueError, match="time zone"):
        agent.audit_query(since=datetime.datetime(2026, 1, 1))
    with pytest.raises(TypeError):
        agent.audit_query(since=5)


def test_nothing_is_made_by_looking(home):
    assert signet.audit_query(home) == []
    assert signet.audit_verify_chain(home).valid
    assert signet.audit_verify_signatures(home).total == 0
    assert not os.path.exists(home)


def test_signatures_of_the_records_that_match(home, keypair):
    other = signet.generate_keypair()
    for count in range(6):
        who = keypair if count % 2 else other
        name = "mine" if count % 2 else "other"
        signet.audit_append(home, signet.sign(who, Action("t"), name))
    every = signet.audit_verify_signatures(home)
    assert (every.total, every.valid, every.failures, every.warnings) == (6, 6, [], [])
    mine = signet.audit_verify_signatures(
        home, signer="mine", trusted_agent_keys=[keypair.public_key]
    )
    assert (mine.total, mine.valid) == (3, 3)
    others = signet.audit_verify_signatures(
        home, signer="other", trusted_agent_keys=[keypair.public_key]
    )
    assert (others.total, others.valid, len(others.failures)) == (3, 0, 3)
    failure = others.failures[0]
    assert failure.receipt_id.startswith("rec_") and failure.line == 1 and failure.reason
    last = signet.audit_verify_signatures(home, limit=1, trusted_agent_keys=[keypair.public_key])
    assert (last.total, last.valid) == (1, 1)


def test_a_denied_call_is_no_failure(home, keypair):
    policy = signet.Policy('{"version":1,"name":"p","default_action":"deny","rules":[]}')
    with pytest.raises(signet.PolicyViolationError) as caught:
        policy.sign(keypair, Action("t"), "bot")
    signet.audit_append(home, caught.value.violation)
    signet.audit_append(home, signet.sign(keypair, Action("t"), "bot"))
    found = signet.audit_verify_signatures(home)
    assert (found.total, found.valid, found.failures, found.warnings) == (2, 1, [], [])


def test_a_log_can_be_moved(filled, home, tmp_path):
    filled.close()
    shutil.move(home, tmp_path / "elsewhere")
    assert signet.verify_folder(tmp_path / "elsewhere" / "audit").records == 5
