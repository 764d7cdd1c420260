//! Size and depth are bounded, and no text takes more stack than another.

use signet::ErrorKind;
use signet::encoding::jcs::{self, DEFAULT_MAX_DEPTH, Limits, MAX_DEPTH};
use signet::encoding::{exact, members};

/// Half of what musl, the most frugal of the usual C libraries, gives a thread.
const SMALL_STACK: usize = 64 << 10;

fn on_a_small_stack(check: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new()
        .stack_size(SMALL_STACK)
        .spawn(check)
        .expect("a thread")
        .join()
        .expect("the check passes");
}

fn deep(max_depth: usize) -> Limits {
    Limits {
        max_depth,
        ..Limits::default()
    }
}

fn refusal(text: &[u8], limits: &Limits) -> (ErrorKind, Option<u64>) {
    let error = jcs::canonicalize(text, limits).expect_err("too deep or too long");
    (error.kind(), error.position())
}

#[test]
fn a_megabyte_of_brackets_is_refused_at_the_first_that_is_too_deep() {
    on_a_small_stack(|| {
        for depth in [DEFAULT_MAX_DEPTH, MAX_DEPTH] {
            let limits = deep(depth);
            let text = b"[".repeat(1 << 20);
            let place = depth as u64;
            assert_eq!(
                refusal(&text, &limits),
                (ErrorKind::JsonTooDeep, Some(place))
            );
            let text = b"{\"a\":".repeat((1 << 20) / 5);
            assert_eq!(
                refusal(&text, &limits),
                (ErrorKind::JsonTooDeep, Some(place * 5))
            );
            let text = b"[{\"a\":".repeat((1 << 20) / 6);
            let place = place / 2 * 6 + place % 2;
            assert_eq!(
                refusal(&text, &limits),
                (ErrorKind::JsonTooDeep, Some(place))
            );
        }
    });
}

#[test]
fn texts_as_deep_as_allowed_are_read_on_a_small_stack() {
    on_a_small_stack(|| {
        for depth in [1, 2, DEFAULT_MAX_DEPTH, MAX_DEPTH] {
            let limits = deep(depth);
            let arrays = ["[".repeat(depth), "]".repeat(depth)].concat();
            assert_eq!(
                jcs::canonicalize(arrays.as_bytes(), &limits),
                Ok(arrays.clone().into_bytes())
            );
            // Every level has to be put in order.
            let objects = [
                "{\"b\":".repeat(depth),
                "0".into(),
                ",\"a\":1}".repeat(depth),
            ]
            .concat();
            let ordered = [
                "{\"a\":1,\"b\":".repeat(depth),
                "0".into(),
                "}".repeat(depth),
            ]
            .concat();
            let found = jcs::canonicalize(objects.as_bytes(), &limits).expect("a deep text");
            assert_eq!(found, ordered.as_bytes());
            assert_eq!(
                members::find(&found, 0, "b").map(|place| place.end),
                Some(found.len() - 1)
            );
            for text in [arrays, objects] {
                let deeper = format!("[{text}]");
                let (kind, _) = refusal(deeper.as_bytes(), &limits);
                assert_eq!(kind, ErrorKind::JsonTooDeep);
            }
        }
    });
}

#[test]
fn a_wrapped_number_may_be_as_deep_as_the_caller_allowed() {
    on_a_small_stack(|| {
        let text = [
            "[".repeat(MAX_DEPTH),
            "1e-400".into(),
            "]".repeat(MAX_DEPTH),
        ]
        .concat();
        let travelling = exact::travelling_form(text.as_bytes(), &deep(MAX_DEPTH)).expect("JSON");
        assert!(travelling.starts_with(b"{\"$exact\":"));
        assert_eq!(&*exact::original(&travelling), text.as_bytes());
    });
}

#[test]
fn nobody_may_ask_for_more_than_the_greatest_depth() {
    let limits = deep(usize::MAX);
    let text = "[".repeat(MAX_DEPTH + 1);
    assert_eq!(
        refusal(text.as_bytes(), &limits),
        (ErrorKind::JsonTooDeep, Some(MAX_DEPTH as u64))
    );
}

#[test]
fn depth_zero_leaves_scalars() {
    let limits = deep(0);
    assert_eq!(
        jcs::canonicalize(b" 1.0 ", &limits).as_deref(),
        Ok(b"1".as_slice())
    );
    assert_eq!(refusal(b" [] ", &limits), (ErrorKind::JsonTooDeep, Some(1)));
    assert_eq!(refusal(b"{}", &limits), (ErrorKind::JsonTooDeep, Some(0)));
}

#[test]
fn siblings_do_not_add_to_the_depth() {
    let text = format!("[{}]", vec!["[[],{}]"; 10_000].join(","));
    assert_eq!(
        jcs::canonicalize(text.as_bytes(), &deep(3)).as_deref(),
        Ok(text.as_bytes())
    );
}

#[test]
fn a_text_of_the_greatest_length_is_read_and_a_longer_one_is_not_looked_at() {
    let limits = Limits {
        max_len: 8,
        ..Limits::default()
    };
    assert_eq!(
        jcs::canonicalize(b"\"abcdef\"", &limits).as_deref(),
        Ok(b"\"abcdef\"".as_slice())
    );
    // White space counts; whatever else is wrong does not.
    for text in [
        b"\"abcdef\" ".as_slice(),
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        assert_eq!(refusal(text, &limits), (ErrorKind::TooLarge, None));
        let error = exact::travelling_form(text, &limits).expect_err("too long");
        assert_eq!(
            error.to_string(),
            "JSON: 9 bytes given where the limit is 8"
        );
    }
    assert_eq!(
        refusal(&vec![b' '; (16 << 20) + 1], &Limits::default()),
        (ErrorKind::TooLarge, None)
    );
}

#[test]
fn long_texts_of_every_shape_are_read() {
    let many = 100_000;
    let backwards = (0..many)
        .rev()
        .map(|number| format!("\"{number:06}\":{number}"))
        .collect::<Vec<_>>();
    let forwards = backwards.iter().rev().cloned().collect::<Vec<_>>();
    let found = jcs::canonicalize(
        format!("{{{}}}", backwards.join(",")).as_bytes(),
        &Limits::default(),
    );
    assert!(found == Ok(format!("{{{}}}", forwards.join(",")).into_bytes()));

    let string = format!("\"{}\\n{}\"", "x".repeat(1 << 20), "é".repeat(1 << 20));
    let found = jcs::canonicalize(string.as_bytes(), &Limits::default());
    assert!(found == Ok(string.into_bytes()));

    let digits = format!("[0.{}]", "3".repeat(1 << 20));
    let found = jcs::canonicalize(digits.as_bytes(), &Limits::default());
    assert_eq!(found.as_deref(), Ok(b"[0.3333333333333333]".as_slice()));
}
