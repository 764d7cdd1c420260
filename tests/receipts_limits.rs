//! How deep, how long and how large: whatever is signed can be read back, by
//! others too, and whatever is too much is refused early, without a crash and
//! without much memory.

#[path = "support/memory.rs"]
mod memory;
#[path = "support/signing.rs"]
mod signing;

use memory::peak_of;
use serde_json::Value;
use signet::encoding::jcs::{self, Limits};
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::receipt::{
    Action, ActionOptions, Expiry, MAX_ENVELOPE_LEN, MAX_PARAMS_DEPTH, Receipt, SignOptions,
    Signer, VerifyOptions, sign,
};
use signet::{ErrorKind, Result};
use signing::{agent, judged, paid, text_of, try_signed};

const MEGABYTE: usize = 1_000_000;

fn arrays(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

fn objects(depth: usize) -> String {
    format!("{}1{}", "{\"k\":".repeat(depth), "}".repeat(depth))
}

fn calling(params: &str) -> String {
    format!(r#"{{"tool":"pay","params":{params}}}"#)
}

/// A line of a log, and a line with a bilateral receipt around the receipt.
fn as_logged(receipt: &str) -> [String; 2] {
    let record = |whole: &str| {
        format!(r#"{{"receipt":{whole},"prev_hash":"sha256:0","record_hash":"sha256:1"}}"#)
    };
    let bilateral = format!(r#"{{"v":3,"id":"rec_0","agent_receipt":{receipt},"sig":"ed25519:"}}"#);
    [record(receipt), record(&bilateral)]
}

fn parse(text: &[u8], limits: &Limits) -> [Result<Receipt>; 2] {
    [Reading::Strict, Reading::Forensic].map(|reading| Receipt::parse(text, reading, limits))
}

fn in_action(text: &[u8], limits: Limits) -> Result<Action> {
    Action::parse(
        text,
        &ActionOptions {
            limits,
            ..ActionOptions::default()
        },
    )
}

#[test]
fn the_deepest_params_that_are_signed_can_be_logged_and_read_back_d4() {
    assert_eq!(MAX_PARAMS_DEPTH, 123);
    for params in [arrays(MAX_PARAMS_DEPTH), objects(MAX_PARAMS_DEPTH)] {
        let text = text_of(&paid(&params));
        judged(&text, Reading::Strict).unwrap();
        judged(&text, Reading::Forensic).unwrap();
        for line in as_logged(&text) {
            // serde_json reads 127 levels, as the published Signet does.
            serde_json::from_str::<Value>(&line).unwrap();
            jcs::canonicalize(line.as_bytes(), &Limits::default()).unwrap();
        }
        // One level more could not be read back.
        let deeper = text.replace(&params, &format!("[{params}]"));
        assert!(serde_json::from_str::<Value>(&as_logged(&deeper)[1]).is_err());
    }
}

#[test]
fn deeper_params_are_not_signed_d4() {
    for depth in [124, 125, 126, 127, 128, 1000, 100_000] {
        for params in [arrays(depth), objects(depth)] {
            let refused = try_signed(&calling(&params)).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::JsonTooDeep, "{depth}");
            // Asking for more does not help: nobody could read the log.
            let limits = Limits {
                max_depth: usize::MAX,
                ..Limits::default()
            };
            let refused = in_action(calling(&params).as_bytes(), limits).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::JsonTooDeep, "{depth}");
        }
    }
}

#[test]
fn a_receipt_is_read_to_the_depth_that_the_published_signet_reads_d4() {
    let text = text_of(&paid("7"));
    let with = |params: String| text.replace("\"params\":7", &format!("\"params\":{params}"));
    for result in parse(with(arrays(125)).as_bytes(), &Limits::default()) {
        assert!(result.is_ok());
    }
    for depth in [126, 127, 1000] {
        for result in parse(with(arrays(depth)).as_bytes(), &Limits::default()) {
            assert_eq!(
                result.unwrap_err().kind(),
                ErrorKind::JsonTooDeep,
                "{depth}"
            );
        }
    }
}

#[test]
fn a_million_levels_are_refused_without_a_crash() {
    let text = text_of(&paid("7"));
    let limits = Limits {
        max_depth: usize::MAX,
        ..Limits::default()
    };
    for deep in [
        arrays(1_000_000),
        objects(1_000_000),
        "[".repeat(1_000_000),
        "{\"a\":".repeat(1_000_000),
        "[{\"a\":".repeat(500_000),
        format!("{{\"a\":1,\"a\":{}}}", arrays(1_000_000)),
    ] {
        let embedded = text.replace("\"params\":7", &format!("\"params\":{deep}"));
        for limits in [Limits::default(), limits] {
            for given in [deep.as_bytes(), embedded.as_bytes()] {
                let (results, peak) = peak_of(|| parse(given, &limits));
                for result in results {
                    assert_eq!(result.unwrap_err().kind(), ErrorKind::JsonTooDeep);
                }
                assert!(peak < 2 * given.len() + 100_000, "{peak}");
            }
            let refused = in_action(calling(&deep).as_bytes(), limits).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::JsonTooDeep);
        }
    }
}

#[test]
fn a_wrapper_around_a_million_levels_stays_closed() {
    // A stranger may sign a string that looks like params to unwrap.
    for inside in [arrays(1_000_000), "[".repeat(1_000_000), objects(900_000)] {
        let inside = inside.replace('"', "\\\"");
        let params = format!("{{\"$exact\":\"{inside}\"}}");
        let text = text_of(&paid("7")).replace("\"params\":7", &format!("\"params\":{params}"));
        for result in parse(text.as_bytes(), &Limits::default()) {
            assert_eq!(result.unwrap().params(), params.as_bytes());
        }
    }
}

#[test]
fn params_of_many_megabytes_are_signed_and_verified_d14() {
    for (megabytes, unit) in [(1, "x"), (1, "\\\""), (1, "é"), (10, "x")] {
        let length = megabytes * MEGABYTE / unit.len();
        let params = format!("{{\"blob\":\"{}\"}}", unit.repeat(length));
        let receipt = paid(&params);
        let text = text_of(&receipt);
        let read = judged(&text, Reading::Strict).unwrap();
        assert_eq!(read.params(), params.as_bytes());
    }
}

#[test]
fn larger_params_are_refused_unless_the_limit_is_raised_d14() {
    let given = calling(&format!("\"{}\"", "x".repeat(20 * MEGABYTE)));
    let (refused, peak) = peak_of(|| try_signed(&given).unwrap_err());
    assert_eq!(refused.kind(), ErrorKind::TooLarge);
    assert!(peak < 10_000, "{peak}");

    let raised = Limits {
        max_len: 24 * MEGABYTE,
        ..Limits::default()
    };
    let action = in_action(given.as_bytes(), raised).unwrap();
    let receipt = sign(
        &agent(),
        &action,
        &Signer::default(),
        &SignOptions::default(),
    )
    .unwrap();
    for result in parse(receipt.json(), &Limits::default()) {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::TooLarge);
    }
    let [strict, _] = parse(receipt.json(), &raised);
    strict
        .unwrap()
        .verify(&VerifyOptions {
            trusted: &[agent().public_key()],
            expiry: Expiry::Ignored,
        })
        .unwrap();
}

#[test]
fn the_limit_can_be_lowered_d14() {
    let given = calling("{\"a\":1}");
    let exactly = Limits {
        max_len: 200,
        ..Limits::default()
    };
    assert!(in_action(given.as_bytes(), exactly).is_ok());
    for max_len in [0, 1, given.len() - 1] {
        let limits = Limits {
            max_len,
            ..Limits::default()
        };
        let refused = in_action(given.as_bytes(), limits).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::TooLarge);
    }
    let receipt = paid("{}");
    let limits = Limits {
        max_len: receipt.json().len(),
        ..Limits::default()
    };
    assert!(parse(receipt.json(), &limits).iter().all(Result::is_ok));
    let limits = Limits {
        max_len: limits.max_len - 1,
        ..limits
    };
    for result in parse(receipt.json(), &limits) {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::TooLarge);
    }
}

#[test]
fn the_largest_receipt_that_is_signed_is_read_by_default_d14() {
    let limit = ActionOptions::default().limits.max_len;
    let bare = Action::parse(calling("\"\"").as_bytes(), &ActionOptions::default()).unwrap();
    let fill = limit - bare.json().len();
    let given = calling(&format!("\"{}\"", "x".repeat(fill)));
    let action = Action::parse(given.as_bytes(), &ActionOptions::default()).unwrap();
    assert_eq!(action.json().len(), limit);

    let tiny = Action::parse(b"{\"tool\":\"t\"}", &ActionOptions::default()).unwrap();
    let signed = |action: &Action, owner: &str| {
        let names = Signer { name: "", owner };
        sign(&agent(), action, &names, &SignOptions::default())
    };
    let envelope = signed(&tiny, "").unwrap().json().len() - tiny.json().len();
    let owner = "o".repeat(MAX_ENVELOPE_LEN - envelope);
    let receipt = signed(&action, &owner).unwrap();
    assert_eq!(receipt.json().len(), jcs::DEFAULT_MAX_LEN);
    assert!(judged(&text_of(&receipt), Reading::Strict).is_ok());
    let refused = signed(&tiny, &format!("{owner}o")).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TooLarge);
}

#[test]
fn what_grows_beyond_the_limit_in_canonical_form_is_refused_d14() {
    let limits = Limits {
        max_len: MEGABYTE,
        ..Limits::default()
    };
    let grown = [
        // Sixteen digits for four characters.
        format!("[{}1]", "1e15,".repeat(MEGABYTE / 15)),
        // Wrapped, each backslash and each quote takes another backslash.
        format!("[9007199254740993,\"{}\"]", "\\\"".repeat(MEGABYTE / 3)),
    ];
    for params in grown {
        let given = calling(&params);
        assert!(given.len() < limits.max_len);
        let refused = in_action(given.as_bytes(), limits).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::TooLarge);
        // Only their hash travels here, so there is nothing too large.
        let options = ActionOptions {
            hash_only: true,
            limits,
        };
        assert!(Action::parse(given.as_bytes(), &options).is_ok());
    }
}

#[test]
fn an_expiry_and_names_without_end_are_refused() {
    let action = Action::parse(b"{\"tool\":\"t\"}", &ActionOptions::default()).unwrap();
    let long = "\u{1}".repeat(MAX_ENVELOPE_LEN / 6);
    let names = Signer {
        name: &long,
        owner: "",
    };
    let refused = sign(&agent(), &action, &names, &SignOptions::default()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TooLarge);
    let expiry = format!("2999-01-01T00:00:00.{}Z", "1".repeat(MAX_ENVELOPE_LEN));
    assert!(Instant::parse(&expiry).is_ok());
    let options = SignOptions {
        expires_at: Some(&expiry),
        ..SignOptions::default()
    };
    let refused = sign(&agent(), &action, &Signer::default(), &options).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TooLarge);
}

#[test]
fn a_gigabyte_is_refused_unread() {
    let gigabyte = vec![0_u8; 1 << 30];
    for max_len in [jcs::DEFAULT_MAX_LEN, usize::MAX] {
        let limits = Limits {
            max_len,
            max_depth: usize::MAX,
        };
        let (results, peak) = peak_of(|| parse(&gigabyte, &limits));
        for result in results {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::TooLarge);
        }
        assert!(peak < 10_000, "{peak}");
        let (refused, peak) = peak_of(|| in_action(&gigabyte, limits).unwrap_err());
        assert_eq!(refused.kind(), ErrorKind::TooLarge);
        assert!(peak < 10_000, "{peak}");
    }
}

#[test]
fn integers_of_ones_without_end_are_errors_or_exact() {
    for digits in [1, 15, 16, 17, 19, 20, 21, 100, 308, 309] {
        let ones = "1".repeat(digits);
        for params in [ones.clone(), format!("-{ones}"), format!("[{ones}.{ones}]")] {
            let receipt = paid(&params);
            assert_eq!(receipt.params(), params.as_bytes());
            judged(&text_of(&receipt), Reading::Strict).unwrap();
        }
    }
    let (few, many) = ("1".repeat(310), "1".repeat(MEGABYTE));
    for params in [
        few.clone(),
        many.clone(),
        format!("1e{few}"),
        format!("1e{many}"),
    ] {
        let refused = try_signed(&calling(&params)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::JsonNumber);
    }
    for params in [
        format!("1e-{many}"),
        format!("0.{many}"),
        format!("0e{many}"),
    ] {
        let receipt = paid(&params);
        judged(&text_of(&receipt), Reading::Strict).unwrap();
    }
    let text = text_of(&paid("7"));
    for digits in [2, 3, 10, 16, 20, 100, 308, 309, 310, MEGABYTE] {
        let forged = text.replace("\"v\":1", &format!("\"v\":{}", "1".repeat(digits)));
        for result in parse(forged.as_bytes(), &Limits::default()) {
            let kind = result.unwrap_err().kind();
            let expected = match digits {
                ..16 => ErrorKind::ReceiptVersion,
                310.. => ErrorKind::JsonNumber,
                // Strictly no such number is read; else it is no integer any more.
                _ => kind,
            };
            assert_eq!(kind, expected, "{digits}");
        }
    }
}

#[test]
fn refused_input_takes_memory_in_proportion_to_its_length() {
    let filled = |head: &str, unit: &str, tail: &str| {
        format!("{head}{}{tail}", unit.repeat(MEGABYTE / 4 / unit.len()))
    };
    let inputs = [
        filled("", "x", ""),
        filled("\"", "x", ""),
        filled("\"", "\\u0001", "\\x\""),
        filled("[", "1,", "x]"),
        filled("[", "1e20,", "x]"),
        filled("[", "\"\",", "x]"),
        filled("{", "\"\":1,", "\"\":1}"),
        filled("{", "\"\":1,", ""),
        filled("{\"b\":1,", "\"a\":1,", "\"a\":1}"),
        filled("[", "{\"b\":1,\"a\":1},", "x]"),
        filled("", "[[],", ""),
    ];
    for input in inputs {
        let shown = &input[..12];
        for reading in [Reading::Strict, Reading::Forensic] {
            let read = || Receipt::parse(input.as_bytes(), reading, &Limits::default());
            let (result, peak) = peak_of(read);
            assert!(result.is_err());
            assert!(peak < 24 * input.len(), "{shown}: {peak}");
        }
    }
}
