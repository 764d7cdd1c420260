//! Who may speak for a log: whose word it takes that records were removed, and what
//! becomes of statements by others.

#[path = "support/every_kind.rs"]
mod every_kind;

use std::sync::Arc;

use every_kind::memory_disk::MemoryDisk;
use every_kind::signing::{agent, stranger};
use every_kind::{action, bare, bundle_of, co_signed_by, params_key, places, root, server};
use serde_json::Value;
use signet::authority::authorized::{SignAuthorizedOptions, sign_authorized};
use signet::authority::chain::Chain;
use signet::authority::delegation::{self, Grant, GrantOptions, Unsigned};
use signet::authority::scope::Scope;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::log::{
    BREAK_TOOL, Clock, Equation, Finding, FindingKind, KeyCutoff, Log, LogOptions, PRUNE_TOOL,
    RECOVER_TOOL, ROTATE_TOOL, Remover, Report, SignatureMode, SignaturePolicy, Verdict,
    VerifyOptions, verify_disk,
};
use signet::receipt::{Receipt, SignOptions, Signer, sign};

const DAYS: [&str; 3] = ["2026-06-13", "2026-06-14", "2026-06-15"];
/// How many records the log has, ten a day, and one at the beginning of each of the
/// last two days about the day before.
const LEN: u64 = 32;
/// Where the second day begins.
const SECOND: u64 = 10;
const UNTRUSTED: FindingKind = FindingKind::SignerUntrusted;
const REMOVAL: FindingKind = FindingKind::RemovalUntrusted;

#[derive(Debug)]
struct At(Instant);

impl Clock for At {
    fn now(&self) -> Instant {
        self.0
    }

    fn pause(&self, _: u64) {}
}

fn control_key() -> KeyPair {
    KeyPair::from_seed(&[77; 32])
}

fn noon(day: &str) -> Instant {
    Instant::parse(&format!("{day}T12:00:00Z")).unwrap()
}

fn segment(day: &str) -> String {
    format!("{day}.jsonl")
}

/// The log of a disk, with this control key.
fn opened(disk: &MemoryDisk, day: &str, control_key: Option<KeyPair>) -> Log {
    let options = LogOptions {
        clock: Arc::new(At(noon(day))),
        control_key: control_key.map(Arc::new),
        ..LogOptions::default()
    };
    Log::open_on(Arc::new(disk.clone()), options).unwrap()
}

/// A receipt for any action, by any key, that says it is of noon.
fn signed_by(key: &KeyPair, text: &str) -> Receipt {
    let options = SignOptions {
        time: Some(noon(DAYS[2])),
        ..SignOptions::default()
    };
    let signer = Signer {
        name: "signer",
        owner: "",
    };
    sign(key, &action(text), &signer, &options).unwrap()
}

/// A log of three days by the agent, whose control key is no agent's.
fn three_days() -> MemoryDisk {
    let disk = MemoryDisk::default();
    for day in DAYS {
        let log = opened(&disk, day, Some(control_key()));
        for _ in 0..10 {
            log.append(&signed_by(&agent(), r#"{"tool":"pay"}"#))
                .unwrap();
        }
        log.close().unwrap();
    }
    disk
}

/// Removes what is older than a day, as the log itself does.
fn pruned(disk: &MemoryDisk, before: &str, control_key: KeyPair) {
    let log = opened(disk, DAYS[2], Some(control_key));
    let plan = log.plan_prune(noon(before)).unwrap();
    log.prune(&plan).unwrap();
    log.close().unwrap();
}

/// The params of the statement that is the last record.
fn last_params(disk: &MemoryDisk) -> String {
    let log = opened(disk, DAYS[2], None);
    let record = log.read(log.len() - 1).unwrap();
    let receipt: Value = serde_json::from_slice(&record.receipt).unwrap();
    assert_eq!(receipt["action"]["tool"], PRUNE_TOOL);
    receipt["action"]["params"].to_string()
}

/// What somebody does who can write to the folder: states the removal of what is
/// older than a day, by a key of their own, and deletes the files.
fn usurped(disk: &MemoryDisk, before: &str, key: &KeyPair) {
    let copy = disk.copy();
    pruned(&copy, before, control_key());
    claimed(disk, &last_params(&copy), key);
    for day in DAYS.iter().filter(|day| **day < before) {
        disk.remove_all(&segment(day));
    }
}

/// States a removal by any key.
fn claimed(disk: &MemoryDisk, params: &str, key: &KeyPair) {
    let text = format!(r#"{{"params":{params},"target":"signet.log","tool":"{PRUNE_TOOL}"}}"#);
    let log = opened(disk, DAYS[2], None);
    log.append(&signed_by(key, &text)).unwrap();
    log.close().unwrap();
}

/// Verifies in every mode and on any number of threads alike.
#[track_caller]
fn judged(disk: &MemoryDisk, policy: &SignaturePolicy<'_>) -> (Report, Vec<Finding>) {
    let mut answers = Vec::new();
    for (mode, threads) in [
        (SignatureMode::OneByOne, 1),
        (SignatureMode::OneByOne, 3),
        (SignatureMode::Batch(Equation::Strict), 1),
        (SignatureMode::Batch(Equation::Cofactored), 3),
    ] {
        let mut findings = Vec::new();
        let options = VerifyOptions {
            signatures: Some(SignaturePolicy { mode, ..*policy }),
            threads,
            ..VerifyOptions::default()
        };
        let report = verify_disk(disk, &options, &mut findings).unwrap();
        answers.push((report, findings));
    }
    let first = answers.swap_remove(0);
    assert!(answers.iter().all(|answer| *answer == first), "{answers:?}");
    first
}

/// Calls `with` with a policy that trusts the agent, and these keys for the log.
fn trusting<T>(
    control_keys: Option<&[&PublicKey]>,
    with: impl FnOnce(SignaturePolicy<'_>) -> T,
) -> T {
    let (agent, server, root) = (agent(), server(), root());
    with(SignaturePolicy {
        trusted: Some(&[agent.public_key()]),
        servers: Some(&[server.public_key()]),
        roots: Some(&[root.public_key()]),
        control_keys,
        ..SignaturePolicy::default()
    })
}

#[test]
fn an_agent_cannot_delete_a_day_and_sign_for_it() {
    let (control, agent) = (control_key(), agent());
    let disk = three_days();
    usurped(&disk, DAYS[1], &agent);
    let check = |disk: &MemoryDisk| {
        let (report, findings) = trusting(Some(&[control.public_key()]), |policy| {
            judged(disk, &policy)
        });
        assert_eq!(report.verdict, Verdict::Tampered);
        assert_eq!(places(&findings), [(SECOND, REMOVAL), (LEN, UNTRUSTED)]);
        let by = signet::encoding::key_text::prefixed(agent.public_key());
        assert!(findings[0].detail.contains("10 records"), "{findings:?}");
        assert!(findings[0].detail.contains("record 32"), "{findings:?}");
        assert!(findings[0].detail.contains(&by), "{findings:?}");
        assert_eq!((report.pruned, report.pruned_by), (0, None));
        assert_eq!(report.first_bad, Some(SECOND));
        assert_eq!((report.records, report.signatures_failed), (23, 1));
    };
    check(&disk);
    // Nor where the log's own memory is gone too.
    let forgetful = disk.copy();
    forgetful.remove_all(".log");
    check(&forgetful);

    // Also where the statement itself is not looked at, and in a log that is open.
    trusting(Some(&[control.public_key()]), |policy| {
        let options = VerifyOptions {
            limit: Some(3),
            signatures: Some(policy),
            ..VerifyOptions::default()
        };
        let mut findings = Vec::new();
        let report = verify_disk(&disk, &options, &mut findings).unwrap();
        assert_eq!(report.verdict, Verdict::Tampered);
        assert_eq!(places(&findings), [(SECOND, REMOVAL)]);
        let options = VerifyOptions {
            limit: None,
            ..options
        };
        let log = opened(&disk, DAYS[2], None);
        let mut findings = Vec::new();
        let report = log.verify(&options, &mut findings).unwrap();
        assert_eq!(report.verdict, Verdict::Tampered);
        assert_eq!(places(&findings), [(SECOND, REMOVAL), (LEN, UNTRUSTED)]);
    });
}

#[test]
fn without_control_keys_the_report_says_whose_word_it_takes() {
    let (agent, control) = (agent(), control_key());
    let disk = three_days();
    usurped(&disk, DAYS[1], &agent);
    let both = [agent.public_key(), control.public_key()];
    let (report, findings) = trusting(None, |policy| {
        let policy = SignaturePolicy {
            trusted: Some(&both),
            ..policy
        };
        judged(&disk, &policy)
    });
    assert_eq!(report.verdict, Verdict::Ok);
    assert_eq!(places(&findings), [(SECOND, FindingKind::Pruned)]);
    let by_agent = Remover {
        key: *agent.public_key(),
        is_control_key: false,
    };
    assert_eq!((report.pruned, report.pruned_by), (10, Some(by_agent)));
    // Without signatures, too.
    let report = verify_disk(&disk, &VerifyOptions::default(), &mut ()).unwrap();
    assert_eq!((report.pruned, report.pruned_by), (10, Some(by_agent)));
    // Where nothing was removed, nobody did.
    let whole = three_days();
    let report = verify_disk(&whole, &VerifyOptions::default(), &mut ()).unwrap();
    assert_eq!((report.pruned, report.pruned_by), (0, None));
}

#[test]
fn what_a_control_key_states_is_fine_and_nobody_elses_word_is() {
    let (control, agent) = (control_key(), agent());
    let disk = three_days();
    pruned(&disk, DAYS[1], control_key());
    let judge = |disk: &MemoryDisk, keys: &[&PublicKey]| {
        trusting(Some(keys), |policy| judged(disk, &policy))
    };
    let (report, findings) = judge(&disk, &[agent.public_key(), control.public_key()]);
    assert_eq!(report.verdict, Verdict::Ok, "{findings:?}");
    let by_control = Some(Remover {
        key: *control.public_key(),
        is_control_key: true,
    });
    assert_eq!((report.pruned, report.pruned_by), (10, by_control));
    // It signs for the log without being trusted to act: 20 records of the agent's, and
    // 3 of the log's own.
    assert_eq!((report.signatures_valid, report.signatures_failed), (23, 0));
    let by_stranger = signed_by(&control, r#"{"tool":"pay"}"#);
    let (report, _) = judge(
        &bare(&[by_stranger.json().to_vec()]),
        &[control.public_key()],
    );
    assert_eq!(report.signatures_failed, 1);

    // Nobody else's, and nobody's.
    for keys in [&[agent.public_key()][..], &[]] {
        let (report, findings) = judge(&disk, keys);
        assert_eq!(report.verdict, Verdict::Tampered);
        assert_eq!((report.pruned, report.pruned_by), (0, None));
        let own = [(10, UNTRUSTED), (21, UNTRUSTED), (32, UNTRUSTED)];
        assert_eq!(places(&findings)[0], (SECOND, REMOVAL));
        assert_eq!(places(&findings)[1..], own);
    }

    // A false statement beside the true one takes nothing away from it...
    let keys = [control.public_key()];
    let false_one = disk.copy();
    claimed(&false_one, &last_params(&disk), &agent);
    let (report, findings) = judge(&false_one, &keys);
    assert_eq!((report.pruned, report.pruned_by), (10, by_control));
    assert_eq!(report.verdict, Verdict::Tampered);
    assert_eq!(
        places(&findings),
        [(SECOND, FindingKind::Pruned), (33, UNTRUSTED)]
    );
    // ...and cannot stretch it to another day.
    usurped(&disk, DAYS[2], &agent);
    let (report, findings) = judge(&disk, &keys);
    assert_eq!((report.verdict, report.pruned), (Verdict::Tampered, 0));
    assert_eq!(places(&findings), [(21, REMOVAL), (33, UNTRUSTED)]);
}

#[test]
fn a_statement_that_fits_nothing_hides_none_that_does() {
    // Of more records, before a segment that is there.
    let disk = three_days();
    pruned(&disk, DAYS[1], control_key());
    let (size, zeros) = (1_u64 << 40, "00".repeat(32));
    let params = format!(
        r#"{{"first_kept":"{}","frontier":"{size:016x}{zeros}","last_hash":"sha256:{zeros}","next_index":{size},"segments":[]}}"#,
        segment(DAYS[1]),
    );
    claimed(&disk, &params, &agent());
    let report = verify_disk(&disk, &VerifyOptions::default(), &mut ()).unwrap();
    assert_eq!((report.verdict, report.pruned), (Verdict::Ok, 10));
    assert_eq!(
        report.pruned_by.map(|by| by.key),
        Some(*control_key().public_key())
    );
}

/// A statement as a delegated action of the agent's.
fn delegated_statement(tool: &str) -> Receipt {
    let (root, agent) = (root(), agent());
    let scope = Scope::new([tool], ["signet.log"], 0).unwrap();
    let grant = Grant {
        delegator_name: "root",
        delegator_principal: None,
        delegate: agent.public_key(),
        delegate_name: "delegate",
        delegate_principal: None,
        scope: &scope,
        parent: None,
    };
    let options = GrantOptions {
        time: Some(noon(DAYS[2]).plus_millis(-60_000)),
        nonce: None,
        unsigned: Unsigned::default(),
    };
    let chain = Chain::of(vec![delegation::sign(&root, &grant, &options).unwrap()]);
    let text = format!(r#"{{"params":{{}},"target":"signet.log","tool":"{tool}"}}"#);
    let options = SignAuthorizedOptions {
        time: Some(noon(DAYS[2])),
        nonce: Some([5; 16]),
    };
    sign_authorized(&agent, &action(&text), "bot", &chain, &options).unwrap()
}

#[test]
fn every_statement_in_every_kind_of_record_needs_a_control_key() {
    let (control, agent, key) = (control_key(), agent(), params_key());
    let own = [agent.public_key(), control.public_key()];
    for tool in [PRUNE_TOOL, RECOVER_TOOL, BREAK_TOOL, ROTATE_TOOL] {
        let text = format!(r#"{{"params":{{"n":1}},"target":"signet.log","tool":"{tool}"}}"#);
        let plain = signed_by(&agent, &text);
        let records = [
            plain.json().to_vec(),
            co_signed_by(&server(), &plain).json().to_vec(),
            delegated_statement(tool).json().to_vec(),
            co_signed_by(&server(), &delegated_statement(tool))
                .json()
                .to_vec(),
            params_key().seal(&plain).unwrap().json().to_vec(),
        ];
        for (number, record) in records.iter().enumerate() {
            let disk = bare(std::slice::from_ref(record));
            let judge = |keys: Option<&[&PublicKey]>, params_keys: &[_]| {
                trusting(keys, |policy| {
                    let policy = SignaturePolicy {
                        params_keys,
                        ..policy
                    };
                    judged(&disk, &policy)
                })
            };
            let place = format!("{tool} {number}");
            let (report, _) = judge(None, &[&key]);
            assert_eq!(report.verdict, Verdict::Ok, "{place}");
            let (report, _) = judge(Some(&own), &[&key]);
            assert_eq!(report.verdict, Verdict::Ok, "{place}");
            let (report, findings) = judge(Some(&[control.public_key()]), &[&key]);
            assert_eq!(report.verdict, Verdict::Tampered, "{place}");
            assert_eq!(places(&findings), [(0, UNTRUSTED)], "{place}: {findings:?}");
            assert_eq!(report.signatures_failed, 1);
            // Params that nobody opens do not hide whose it is.
            let (report, _) = judge(Some(&[control.public_key()]), &[]);
            assert_eq!(report.verdict, Verdict::Tampered, "{place}");
        }
        // What goes to a server is a call, whatever its name.
        let call = format!(r#"{{"params":{{"n":1}},"target":"mcp://x","tool":"{tool}"}}"#);
        let disk = bare(&[signed_by(&agent, &call).json().to_vec()]);
        let (report, _) = trusting(Some(&[control.public_key()]), |policy| {
            judged(&disk, &policy)
        });
        assert_eq!(report.verdict, Verdict::Ok);
    }
}

#[test]
fn a_control_key_can_lose_its_worth_too() {
    let (control, agent, stranger) = (control_key(), agent(), stranger());
    let disk = three_days();
    pruned(&disk, DAYS[1], control_key());
    let keys = [control.public_key()];
    let judge = |policy: SignaturePolicy<'_>| judged(&disk, &policy);
    let with_bundle = |agents: &[&KeyPair], more: &str| {
        let bundle = bundle_of(agents, more);
        judge(SignaturePolicy {
            bundle: Some(&bundle),
            control_keys: Some(&keys),
            ..SignaturePolicy::default()
        })
    };
    // A bundle need not list it; what it says of it counts.
    assert_eq!(with_bundle(&[&agent], "").0.verdict, Verdict::Ok);
    let revoked = |time: &str| format!(r#","status":"revoked","revoked_at":"{time}""#);
    let (report, _) = with_bundle(&[&control, &agent], &revoked("2026-06-16T00:00:00Z"));
    assert_eq!(report.verdict, Verdict::Ok);
    let (report, findings) = with_bundle(&[&control, &agent], &revoked("2026-06-15T00:00:00Z"));
    assert_eq!(report.verdict, Verdict::Tampered);
    assert_eq!(
        places(&findings),
        [
            (SECOND, FindingKind::Pruned),
            (21, UNTRUSTED),
            (32, UNTRUSTED)
        ]
    );
    // And so does a place from which on it counts for nothing.
    let cut = |key: &KeyPair, from| {
        let cutoff = KeyCutoff {
            key: key.public_key(),
            from,
        };
        trusting(Some(&keys), |policy| {
            judge(SignaturePolicy {
                cutoffs: &[cutoff],
                ..policy
            })
        })
    };
    assert_eq!(cut(&control, LEN + 1).0.verdict, Verdict::Ok);
    assert_eq!(cut(&stranger, 0).0.verdict, Verdict::Ok);
    let (report, findings) = cut(&control, LEN);
    assert_eq!(report.verdict, Verdict::Tampered);
    assert_eq!(
        places(&findings),
        [(SECOND, FindingKind::Pruned), (LEN, UNTRUSTED)]
    );
}
