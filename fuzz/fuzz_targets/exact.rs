//! Any bytes as a value that travels, and any bytes as what arrived.

#![no_main]

use libfuzzer_sys::fuzz_target;
use signet::encoding::exact;
use signet::encoding::jcs::{self, Limits};

fuzz_target!(|text: &[u8]| {
    let limits = Limits::default();
    // Whatever arrives, reading it is safe.
    let _ = exact::original(text);

    let canonical = jcs::canonicalize(text, &limits);
    let travelling = match exact::travelling_form(text, &limits) {
        Ok(travelling) => travelling,
        Err(error) => {
            assert_eq!(canonical, Err(error));
            return;
        }
    };
    let canonical = canonical.expect("JSON, since it travels");
    assert_eq!(
        jcs::canonicalize(&travelling, &limits).as_ref(),
        Ok(&travelling)
    );
    let arrived = exact::original(&travelling);
    if travelling == canonical {
        assert_eq!(*arrived, *canonical);
        assert!(jcs::canonicalize_exactly(text, &limits).is_ok());
    } else {
        assert_eq!(*arrived, *text.trim_ascii());
    }

    // A canonical value that stands for another is that value's own wrapper.
    let stands_for = exact::original(&canonical);
    if *stands_for != *canonical {
        let inside = std::str::from_utf8(&stands_for).expect("JSON");
        assert_eq!(exact::wrap(inside), canonical);
        assert_eq!(exact::travelling_form(&stands_for, &limits), Ok(canonical));
    }

    // What travelled is JSON that travels in turn.
    let again = exact::travelling_form(&travelling, &limits).expect("JSON");
    assert_eq!(*exact::original(&again), *travelling);
});
