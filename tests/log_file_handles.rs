//! A process that has no file handles left: everything says so, nothing is lost,
//! and the log goes on when there are some again.

use std::fs::File;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use signet::encoding::rfc3339::Instant;
use signet::error::ErrorKind;
use signet::identity::KeyPair;
use signet::log::{Clock, Log, LogOptions, Verdict, VerifyOptions};

#[derive(Debug)]
struct TestClock(Mutex<Instant>);

impl Clock for TestClock {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }

    fn pause(&self, micros: u64) {
        std::thread::sleep(Duration::from_micros(micros));
    }
}

/// Opens files until no more can be opened.
fn exhaust() -> Vec<File> {
    let mut files = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
    }
    files
}

// The only test of this program: the limit is the whole process's.
#[test]
fn running_out_of_file_handles_loses_nothing() {
    let limit = libc::rlimit {
        rlim_cur: 128,
        rlim_max: 128,
    };
    // SAFETY: a valid limit.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }, 0);

    let home = tempfile::tempdir().unwrap();
    let noon = Instant::parse("2026-11-20T12:00:00Z").unwrap();
    let clock = Arc::new(TestClock(Mutex::new(noon)));
    let options = || LogOptions {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        log_key: Some(Arc::new(KeyPair::from_seed(&[3; 32]))),
        ..LogOptions::default()
    };
    let log = Log::open(home.path(), options()).unwrap();
    let mut refused = 0;
    let mut appended = 0_u64;
    for day in 0..3 {
        *clock.0.lock().unwrap() = noon.plus_millis(day * 86_400_000);
        for full in [true, false, true] {
            let files = match full {
                true => exhaust(),
                false => Vec::new(),
            };
            for _ in 0..5 {
                match log.append_json(br#"{"ts":"2026-11-20T12:00:00.000Z"}"#) {
                    Ok(record) => {
                        assert!(record.durable);
                        appended += 1;
                    }
                    Err(error) => {
                        assert!(full, "{error}");
                        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
                        assert!(error.to_string().contains("open files"), "{error}");
                        refused += 1;
                    }
                }
            }
            if full {
                let kind = |result: signet::error::Result<()>| result.unwrap_err().kind();
                assert_eq!(kind(log.read(0).map(|_| ())), ErrorKind::Io);
                assert_eq!(
                    kind(log.verify(&VerifyOptions::default(), &mut ()).map(|_| ())),
                    ErrorKind::Io
                );
                assert_eq!(
                    kind(Log::open(home.path(), options()).map(|_| ())),
                    ErrorKind::Io
                );
            }
            drop(files);
            // So that the folder need not be listed again to be sure of it.
            std::thread::sleep(Duration::from_millis(80));
            let report = log.verify(&VerifyOptions::default(), &mut ()).unwrap();
            assert_eq!((report.verdict, report.records), (Verdict::Ok, appended));
        }
    }
    // Those that needed a new segment; the others went on.
    assert!(refused >= 10 && appended >= 30, "{refused} {appended}");
    log.close().unwrap();
    let names = std::fs::read_dir(home.path().join("audit")).unwrap();
    let segments = names
        .filter(|name| {
            let name = name.as_ref().unwrap().file_name();
            name.to_string_lossy().ends_with(".jsonl")
        })
        .count();
    assert_eq!(segments, 3);
    let log = Log::open(home.path(), options()).unwrap();
    assert_eq!((log.len(), log.recovery().verdict), (appended, Verdict::Ok));
}
