//! Verifying and searching a log: against the bare primitives on the same bytes,
//! and against the published Signet on the same folder.
//!
//! One pass over a log takes long enough to be a turn by itself. Candidates take
//! turns. With one thread what is compared is CPU time, the median of the rounds;
//! where there are two threads it is the time on the wall, the best of the rounds,
//! because whatever else runs on the machine takes one of them away.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use signet::encoding::base64;
use signet::identity::KeyPair;
use signet::log::{
    DEFAULT_MAX_RECORD_LEN, Durability, Equation, Log, LogOptions, Query, Record, SignatureMode,
    SignaturePolicy, Verdict, VerifyOptions, verify_folder,
};
use signet::receipt::{Field, Receipt};
use signet_core::audit::{self, AuditFilter};

use crate::inputs;
use crate::race::{median, thread_nanos};
use crate::receipts::Keys;
use crate::table::Row;

const PEER: &str = "signet-core 0.11";
/// The length of the log that is verified; no ratio here depends on it.
const COUNT: usize = 10_000;
const LONG: usize = 100_000;
/// The length of the log whose verification must not need memory.
const LONGEST: usize = 200_000;
const ROUNDS: usize = 9;
/// What any operation on a log may add to the memory of a process.
const MEMORY: u64 = 8 << 20;
/// The first argument of the process whose memory is measured.
const CHILD: &str = "--verify-memory";

/// What each candidate took.
struct Taken {
    /// Median nanoseconds of CPU time of this thread.
    cpu: f64,
    /// Median nanoseconds of CPU time of all threads.
    all: f64,
    /// Nanoseconds on the wall in the best round.
    wall: f64,
}

fn times(mut candidates: Vec<Box<dyn FnMut() + '_>>) -> Vec<Taken> {
    let mut taken = vec![(Vec::new(), Vec::new(), f64::INFINITY); candidates.len()];
    for round in 0..ROUNDS {
        for turn in 0..candidates.len() {
            let which = (turn + round) % candidates.len();
            let (wall, cpu, all) = (Instant::now(), thread_nanos(), process_nanos());
            candidates[which]();
            let (cpus, alls, best) = &mut taken[which];
            cpus.push(thread_nanos() - cpu);
            alls.push(process_nanos() - all);
            *best = best.min(wall.elapsed().as_nanos() as f64);
        }
    }
    taken
        .into_iter()
        .map(|(cpus, alls, wall)| Taken {
            cpu: median(cpus),
            all: median(alls),
            wall,
        })
        .collect()
}

/// CPU time of this process in nanoseconds.
fn process_nanos() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: a valid place for the result; the clock exists on every Linux.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// All rows, in a folder that is made and removed.
pub fn rows(keys: &Keys, directory: &Path) -> Vec<Row> {
    let scratch = directory.join("verify-scratch");
    let _ = fs::remove_dir_all(&scratch);
    let receipts: Vec<Receipt> = (0..1000)
        .map(|number| {
            let prose = inputs::prose(300).replacen("2026-Q3", &format!("2026-{number}"), 1);
            keys.sign(&inputs::action(&prose))
        })
        .collect();
    let home = |name: &str, count| {
        let home = scratch.join(name);
        build(&receipts, &home, count);
        home
    };
    let mut rows = Vec::new();
    verify_rows(keys, &receipts, &home("verify", COUNT), &mut rows);
    query_rows(&home("query", LONG), &mut rows);
    memory_rows(keys, &home("memory", LONGEST), &mut rows);
    let _ = fs::remove_dir_all(&scratch);
    rows
}

/// A log of `count` records.
fn build(receipts: &[Receipt], home: &Path, count: usize) {
    fs::create_dir_all(home).expect("a folder");
    let options = LogOptions {
        durability: Durability::None,
        ..LogOptions::default()
    };
    let log = Log::open(home, options).expect("the log opens");
    let record = |receipt| Record::of_receipt(receipt, DEFAULT_MAX_RECORD_LEN).expect("a record");
    let records: Vec<Record> = receipts.iter().map(record).collect();
    for start in (0..count).step_by(records.len()) {
        let now = records.len().min(count - start);
        log.append_many(&records[..now]).expect("appended");
    }
    log.close().expect("closed");
}

/// The bytes of a log's only segment.
fn segment(home: &Path) -> Vec<u8> {
    let files = fs::read_dir(home.join("audit")).expect("a folder");
    let paths = files.map(|file| file.expect("a name").path());
    let mut segments: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .collect();
    assert_eq!(segments.len(), 1, "midnight: run it again");
    fs::read(segments.remove(0)).expect("the segment")
}

fn verify(home: &Path, trusted: Option<SignatureMode>, seed: &[u8; 32], threads: usize) -> u64 {
    let pair = KeyPair::from_seed(seed);
    let keys = [pair.public_key()];
    let options = VerifyOptions {
        signatures: trusted.map(|mode| SignaturePolicy {
            trusted: Some(&keys),
            mode,
            ..SignaturePolicy::default()
        }),
        threads,
        ..VerifyOptions::default()
    };
    let report = verify_folder(&home.join("audit"), &options, &mut ()).expect("verified");
    assert_eq!(report.verdict, Verdict::Ok);
    let signed = if trusted.is_some() { report.records } else { 0 };
    assert_eq!(report.signatures_valid, signed);
    report.records
}

fn verify_rows(keys: &Keys, receipts: &[Receipt], home: &Path, rows: &mut Vec<Row>) {
    let bytes = segment(home);
    let public = KeyPair::from_seed(&keys.seed);
    let key = VerifyingKey::from_bytes(public.public_key().as_bytes()).expect("a key");
    let signed: Vec<(Vec<u8>, Signature)> = receipts
        .iter()
        .map(|receipt| {
            assert_eq!(receipt.version(), 1);
            let text = receipt.text(Field::Signature).expect("a signature");
            let text = text.trim_start_matches("ed25519:");
            let signature = base64::decode(text.as_bytes()).expect("base64");
            let signature = Signature::from_slice(&signature).expect("64 bytes");
            (receipt.signed_body(), signature)
        })
        .collect();
    let (batch, strict_batch) = (
        SignatureMode::Batch(Equation::Cofactored),
        SignatureMode::Batch(Equation::Strict),
    );
    let one = SignatureMode::OneByOne;
    let ours = |mode: Option<SignatureMode>, threads: usize| -> Box<dyn FnMut() + '_> {
        Box::new(move || assert_eq!(verify(home, mode, &keys.seed, threads), COUNT as u64))
    };
    let peer_chain = || {
        let chain = audit::verify_chain(home).expect("read");
        assert!(chain.valid && chain.total_records == COUNT);
    };
    let peer_signatures = || {
        let result = audit::verify_signatures(home, &AuditFilter::default()).expect("read");
        assert_eq!(result.valid, COUNT);
    };
    let measured = times(vec![
        ours(None, 1),
        ours(None, 2),
        Box::new(|| {
            std::hint::black_box(Sha256::digest(&bytes));
        }),
        Box::new(peer_chain),
        ours(Some(one), 1),
        ours(Some(one), 2),
        ours(Some(batch), 1),
        ours(Some(batch), 2),
        ours(Some(strict_batch), 1),
        ours(Some(strict_batch), 2),
        Box::new(|| {
            for number in 0..COUNT {
                let (body, signature) = &signed[number % signed.len()];
                key.verify_strict(body, signature).expect("valid");
            }
        }),
        Box::new(|| {
            peer_chain();
            peer_signatures();
        }),
    ]);
    // What stands in the table is the time of one record.
    let cpu = |which: usize| measured[which].cpu / COUNT as f64;
    let wall = |which: usize| measured[which].wall / COUNT as f64;
    let (sha, strict) = (cpu(2), cpu(10));
    let mut add = |name: &str, ours: f64, what: &str, other: f64, bar: Option<f64>| {
        rows.push(Row::of_times(name, ours, what, other, bar));
    };
    let raw = "dalek verify_strict";
    add("log: chain, a record", cpu(0), "SHA-256", sha, Some(4.0));
    add("log: chain, a record", cpu(0), PEER, cpu(3), Some(0.25));
    add("log: chain, 2 threads", wall(1), PEER, wall(3), Some(0.13));
    let bar = if keys.has_ifma { 0.45 } else { 0.6 };
    add("log: chain and signatures", cpu(4), raw, strict, Some(1.1));
    add(
        "log: chain and signatures",
        cpu(4),
        PEER,
        cpu(11),
        Some(bar),
    );
    let name = "log: chain and signatures, 2 threads";
    add(name, wall(5), PEER, wall(11), Some(bar / 2.0));
    // What two threads would take if nothing else wanted the processors.
    let name = "log: chain and signatures, CPU of 2 threads";
    add(
        name,
        measured[5].all / COUNT as f64,
        "1 thread",
        cpu(4),
        None,
    );
    add("log: the same, batch", cpu(6), raw, strict, Some(0.45));
    add("log: the same, batch", cpu(6), PEER, cpu(11), Some(0.22));
    let name = "log: the same, batch, 2 threads";
    add(name, wall(7), PEER, wall(11), Some(0.11));
    add("log: the same, strict batch", cpu(8), raw, strict, None);
    add("log: the same, strict batch", cpu(8), PEER, cpu(11), None);
    let name = "log: the same, strict batch, 2 threads";
    add(name, wall(9), PEER, wall(11), None);
}

fn query_rows(home: &Path, rows: &mut Vec<Row>) {
    let log = Log::open(home, LogOptions::default()).expect("the log opens");
    let count = |query: &Query<'_>, expected: usize| {
        let mut found = 0;
        log.query(query, |record| {
            found += 1;
            std::hint::black_box(record.index);
            ControlFlow::Continue(())
        })
        .expect("read");
        assert_eq!(found, expected);
    };
    let peer = |filter: &AuditFilter, expected: usize| {
        assert_eq!(audit::query(home, filter).expect("read").len(), expected);
    };
    let newest = Query {
        limit: Some(10),
        newest_first: true,
        ..Query::default()
    };
    let nothing = Query {
        tool: Some("no_such_tool"),
        ..Query::default()
    };
    let newest_theirs = AuditFilter {
        limit: Some(10),
        ..AuditFilter::default()
    };
    let nothing_theirs = AuditFilter {
        tool: Some("no_such_tool".to_owned()),
        ..AuditFilter::default()
    };
    let measured = times(vec![
        Box::new(|| count(&newest, 10)),
        Box::new(|| count(&nothing, 0)),
        Box::new(|| peer(&newest_theirs, 10)),
        Box::new(|| peer(&nothing_theirs, 0)),
    ]);
    let mut add = |name: &str, ours: usize, what: &str, other: f64, bar: f64| {
        rows.push(Row::of_times(
            name,
            measured[ours].cpu,
            what,
            other,
            Some(bar),
        ));
    };
    add("log: newest 10 of 100,000", 0, "limit", 300_000.0, 1.0);
    add("log: newest 10 of 100,000", 0, PEER, measured[2].cpu, 0.005);
    add("log: no match in 100,000", 1, "limit", 100_000_000.0, 1.0);
    add("log: no match in 100,000", 1, PEER, measured[3].cpu, 0.2);
}

/// Memory is measured in a process of its own, in which nothing else ran.
fn memory_rows(keys: &Keys, home: &Path, rows: &mut Vec<Row>) {
    for (name, mode) in [
        ("chain", "chain"),
        ("chain and signatures, 2 threads", "signatures"),
        ("batch, 2 threads", "batch"),
        ("a query without match", "query"),
    ] {
        let program = std::env::current_exe().expect("this program");
        let output = Command::new(program)
            .args([CHILD.as_ref(), home.as_os_str(), mode.as_ref()])
            .arg(signet::encoding::hex::encode(&keys.seed))
            .output()
            .expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let grown: u64 = text.trim().parse().unwrap_or_else(|_| panic!("{output:?}"));
        let name = format!("log: memory for 200,000 records, {name}");
        rows.push(Row::of_size(&name, grown, MEMORY));
    }
}

/// Whether this is the process whose memory is measured, which has then printed
/// by how many bytes it grew.
pub fn ran_as_child() -> bool {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [flag, home, mode, seed] = arguments.as_slice() else {
        return false;
    };
    if flag != CHILD {
        return false;
    }
    let seed = signet::encoding::hex::decode(seed.as_bytes()).expect("a seed");
    let home = Path::new(home);
    let before = status("VmRSS:");
    match mode.as_str() {
        "chain" => drop(verify(home, None, &seed, 1)),
        "signatures" => drop(verify(home, Some(SignatureMode::OneByOne), &seed, 2)),
        "batch" => {
            let mode = SignatureMode::Batch(Equation::Cofactored);
            verify(home, Some(mode), &seed, 2);
        }
        _ => {
            let log = Log::open(home, LogOptions::default()).expect("the log opens");
            let query = Query {
                signer: Some("nobody"),
                ..Query::default()
            };
            log.query(&query, |_| ControlFlow::Continue(()))
                .expect("read");
        }
    }
    println!("{}", status("VmHWM:").saturating_sub(before));
    true
}

/// A figure that the system keeps of this process, in bytes.
fn status(name: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").expect("a Linux system");
    let line = text.lines().find(|line| line.starts_with(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    1024 * kilobytes
        .expect("a figure")
        .parse::<u64>()
        .expect("a number")
}
