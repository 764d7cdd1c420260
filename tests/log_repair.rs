//! Torn ends: what a repair would do, what it does, and what is said about it.

#[path = "support/audit_log.rs"]
mod audit_log;

use std::fs;
use std::sync::Arc;

use signet::error::ErrorKind;
use signet::identity::KeyPair;
use signet::log::{FindingKind, Log, RECOVER_TOOL, Verdict, plan_repair};

use audit_log::{
    DAY, NOON, day_file, finished, options, published_append, published_chain, receipt, verify,
};

#[test]
fn a_torn_end_is_set_aside_and_recorded_d2() {
    let half = |line: &[u8]| line[..line.len() / 2].to_vec();
    let zeros = |_: &[u8]| vec![0; 4096];
    let no_feed = |line: &[u8]| line[..line.len() - 1].to_vec();
    type Tail = fn(&[u8]) -> Vec<u8>;
    let cases: [(&str, Tail, u64); 3] = [
        ("half a record", half, 0),
        ("zeros", zeros, 0),
        ("no line feed", no_feed, 1),
    ];
    for (what, tail, kept) in cases {
        let (home, clock) = finished(5);
        // The line that the next append would have written.
        let (other, _) = finished(0);
        fs::copy(day_file(home.path(), DAY), day_file(other.path(), DAY)).unwrap();
        published_append(other.path(), &receipt("next", NOON));
        let whole = fs::read(day_file(other.path(), DAY)).unwrap();
        let mut torn = fs::read(day_file(home.path(), DAY)).unwrap();
        let before = torn.len();
        torn.extend(tail(&whole[before..]));
        fs::write(day_file(home.path(), DAY), &torn).unwrap();

        let plan = plan_repair(&home.path().join("audit")).unwrap();
        assert_eq!(
            (plan.verdict, plan.offset + plan.set_aside),
            (Verdict::Torn, torn.len() as u64)
        );
        assert_eq!(plan.complete_line, kept == 1, "{what}");
        let mut opening = options(&clock);
        opening.repair_automatically = false;
        let refused = Log::open(home.path(), opening).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::LogDamaged, "{what}");
        assert_eq!(
            fs::read(day_file(home.path(), DAY)).unwrap(),
            torn,
            "{what}"
        );

        let mut opening = options(&clock);
        opening.control_key = Some(Arc::new(KeyPair::from_seed(&[8; 32])));
        let log = Log::open(home.path(), opening).unwrap();
        let recovery = log.recovery();
        assert_eq!(recovery.verdict, Verdict::Torn, "{what}");
        assert_eq!(log.len(), 5 + kept + 1, "{what}");
        let told = log.read(5 + kept).unwrap();
        assert_eq!(told.view().tool().unwrap(), RECOVER_TOOL);
        if kept == 0 {
            let quarantined = recovery.incidents[0].quarantined.clone().unwrap();
            let bytes = fs::read(home.path().join("audit").join(&quarantined.file)).unwrap();
            assert_eq!(bytes, torn[before..], "{what}");
        }
        log.append(&receipt("after", NOON)).unwrap();
        log.close().unwrap();
        assert_eq!(verify(home.path()).0, Verdict::Ok, "{what}");
        assert!(published_chain(home.path()).valid, "{what}");
        let filter = signet_core::audit::AuditFilter::default();
        let published = signet_core::audit::verify_signatures(home.path(), &filter).unwrap();
        assert_eq!(published.valid, published.total, "{what}");
        // The incident is told by every later verification.
        let told = verify(home.path()).1;
        assert!(
            told.iter().any(|found| found.kind == FindingKind::Incident),
            "{what}"
        );
    }
}
