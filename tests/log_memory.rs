//! Verifying and searching a log takes the same memory however long it is.

#[path = "support/memory.rs"]
mod memory;
#[path = "support/signing.rs"]
mod signing;

use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use signet::log::disk::{Disk, DiskFile, Opening, Stat};
use signet::log::line::{GENESIS, append_line};
use signet::log::{
    Equation, SignatureMode, SignaturePolicy, Verdict, VerifyOptions, Watcher, verify_disk,
};
use signing::{agent, paid};

/// A disk with one long file, none of which is in memory: the same lines again
/// and again.
#[derive(Clone, Debug)]
struct Endless {
    lines: Arc<Vec<u8>>,
    times: u64,
}

impl Endless {
    fn len(&self) -> u64 {
        self.lines.len() as u64 * self.times
    }
}

fn refused<T>() -> io::Result<T> {
    Err(io::ErrorKind::NotFound.into())
}

impl Disk for Endless {
    fn make_folder(&self, _: &str) -> io::Result<()> {
        refused()
    }

    fn open(&self, path: &str, _: Opening) -> io::Result<Box<dyn DiskFile>> {
        match path {
            "log.jsonl" => Ok(Box::new(self.clone())),
            _ => refused(),
        }
    }

    fn list(&self, _: &str) -> io::Result<Vec<String>> {
        Ok(vec!["log.jsonl".to_owned()])
    }

    fn stat(&self, _: &str) -> io::Result<Stat> {
        refused()
    }

    fn rename(&self, _: &str, _: &str) -> io::Result<()> {
        refused()
    }

    fn remove(&self, _: &str) -> io::Result<()> {
        refused()
    }

    fn sync_folder(&self, _: &str) -> io::Result<()> {
        refused()
    }

    fn name_of(&self, path: &str) -> PathBuf {
        path.into()
    }

    fn now_millis(&self) -> i64 {
        0
    }
}

impl DiskFile for Endless {
    fn append(&self, _: &[u8]) -> io::Result<usize> {
        refused()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = self.len().saturating_sub(offset);
        let start = (offset % self.lines.len() as u64) as usize;
        let rest = &self.lines[start..];
        let count = buffer.len().min(rest.len()).min(left as usize);
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, _: &[u8], _: u64) -> io::Result<()> {
        refused()
    }

    fn truncate(&self, _: u64) -> io::Result<()> {
        refused()
    }

    fn sync_data(&self) -> io::Result<()> {
        refused()
    }

    fn stat(&self) -> io::Result<Stat> {
        Ok(Stat {
            id: (1, 1),
            len: self.len(),
            modified: 0,
        })
    }

    fn try_lock(&self) -> io::Result<bool> {
        refused()
    }

    fn unlock(&self) -> io::Result<()> {
        refused()
    }

    fn set_modified(&self, _: i64) -> io::Result<()> {
        refused()
    }
}

/// Counts what is found, and the most records between two reports of progress.
#[derive(Default)]
struct Counting {
    findings: u64,
    steps: u64,
    seen: u64,
}

impl Watcher for Counting {
    fn finding(&mut self, _: &signet::log::Finding) -> ControlFlow<()> {
        self.findings += 1;
        ControlFlow::Continue(())
    }

    fn progress(&mut self, records: u64) -> ControlFlow<()> {
        self.steps = self.steps.max(records - self.seen);
        self.seen = records;
        ControlFlow::Continue(())
    }
}

/// How much memory a verification of `times` times the lines takes.
fn peak(lines: &Arc<Vec<u8>>, times: u64, options: &VerifyOptions<'_>) -> (u64, usize) {
    let disk = Endless {
        lines: Arc::clone(lines),
        times,
    };
    let mut counting = Counting::default();
    let (report, peak) = memory::peak_of(|| verify_disk(&disk, options, &mut counting).unwrap());
    // Every turn of the lines names the same predecessor, so there is plenty to
    // be told.
    assert_eq!(report.verdict, Verdict::Tampered);
    assert!(counting.findings >= times - 1);
    assert!(counting.steps <= 4096, "{}", counting.steps);
    (report.records, peak)
}

#[test]
fn a_log_of_any_length_is_verified_in_the_same_memory() {
    let mut lines = Vec::new();
    let mut last = [1; 32];
    for number in 0..500 {
        let record = paid(&format!("\"{number} {}\"", "x".repeat(400)));
        last = append_line(&mut lines, record.json(), &last);
    }
    let lines = Arc::new(lines);
    let agent = agent();
    let trusted = [agent.public_key()];
    let with = |mode| VerifyOptions {
        signatures: Some(SignaturePolicy {
            trusted: Some(&trusted),
            mode,
            ..SignaturePolicy::default()
        }),
        ..VerifyOptions::default()
    };
    for (options, short, long) in [
        (VerifyOptions::default(), 6, 36),
        (with(SignatureMode::Batch(Equation::Cofactored)), 6, 18),
    ] {
        let (few, small) = peak(&lines, short, &options);
        let (many, large) = peak(&lines, long, &options);
        assert_eq!((few, many), (short * 500, long * 500));
        // Not a byte for each record more.
        assert!(large < small + 64 * 1024, "{small} {large}");
        assert!(large < 4 << 20, "{large}");
    }
}

#[test]
fn damage_without_end_takes_no_more_memory_than_a_sound_log() {
    let mut lines = b"garbage\n".repeat(500);
    append_line(&mut lines, paid("1").json(), &GENESIS);
    let lines = Arc::new(lines);
    let (_, small) = peak(&lines, 200, &VerifyOptions::default());
    let (records, large) = peak(&lines, 800, &VerifyOptions::default());
    assert_eq!(records, 800 * 501);
    assert!(large < small + 64 * 1024, "{small} {large}");
}
