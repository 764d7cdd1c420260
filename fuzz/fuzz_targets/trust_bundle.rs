//! Any bytes as a trust bundle, in JSON and in YAML: read or refused, the same in
//! both; what is converted says the same, and no key is active that the entry
//! does not call so.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use signet::authority::Format;
use signet::authority::trust::{KeyStatus, Section, TrustBundle};
use signet::encoding::rfc3339::Instant;

static TIMES: LazyLock<Vec<Instant>> = LazyLock::new(|| {
    [
        "0000-01-01T00:00:00Z",
        "2026-06-15T12:00:00Z",
        "9999-12-31T23:59:59Z",
    ]
    .map(|time| Instant::parse(time).expect("a date-time"))
    .to_vec()
});

fuzz_target!(|text: &[u8]| {
    let from_json = TrustBundle::parse(text, Format::Json).ok();
    let from_yaml = TrustBundle::parse(text, Format::Yaml).ok();
    let shown = |bundle: &TrustBundle| -> Vec<Vec<u8>> {
        let times = TIMES.iter();
        times
            .map(|time| bundle.list_json(&Section::ALL, *time))
            .collect()
    };
    if let (Some(json), Some(yaml)) = (&from_json, &from_yaml) {
        assert_eq!(shown(json), shown(yaml), "two readings");
        assert_eq!(json.bundle_id(), yaml.bundle_id());
    }
    for (bundle, format) in [(&from_json, Format::Json), (&from_yaml, Format::Yaml)] {
        let Some(bundle) = bundle else { continue };
        for converted in [
            TrustBundle::to_json(text, format).ok(),
            TrustBundle::to_canonical_json(text, format).ok(),
        ] {
            let Some(converted) = converted else { continue };
            let again = TrustBundle::parse(&converted, Format::Json).expect("what was converted");
            assert_eq!(shown(&again), shown(bundle));
        }
        for section in Section::ALL {
            for key in bundle.keys(section) {
                assert!(!key.id.trim().is_empty() && !key.name.trim().is_empty());
                for time in TIMES.iter() {
                    let active = key.status_at(*time) == KeyStatus::Active;
                    assert_eq!(bundle.check(section, &key.key, *time).is_ok(), active);
                    let listed = bundle.active(section, *time).contains(&key.key);
                    assert_eq!(listed, active);
                    let ended = |end: Option<Instant>| end.is_some_and(|end| *time >= end);
                    assert!(!active || !ended(key.revoked_from) && !ended(key.disabled_from));
                }
            }
        }
    }
});
