//! JavaScript between signer and verifier: what Node parses and writes again
//! must verify again, and Node's own canonical form must be ours.

#[path = "support/documents.rs"]
mod documents;
#[path = "support/vectors.rs"]
mod vectors;

use std::io::Write;
use std::process::Command;

use documents::Documents;
use num_bigint::BigUint;
use signet::encoding::exact;
use signet::encoding::jcs::{self, Limits};

fn canonical(text: &str) -> Option<String> {
    let bytes = jcs::canonicalize(text.as_bytes(), &Limits::default()).ok()?;
    Some(String::from_utf8(bytes).expect("canonical JSON is UTF-8"))
}

fn travelling(text: &str) -> String {
    let bytes = exact::travelling_form(text.as_bytes(), &Limits::default()).expect("JSON");
    String::from_utf8(bytes).expect("canonical JSON is UTF-8")
}

/// For each text: its canonical form as Node makes it, then our canonical and
/// travelling forms as Node writes them again. `None` without Node.
fn through_node(texts: &[String]) -> Option<Vec<[String; 3]>> {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    for text in texts {
        let ours = canonical(text).expect("JSON");
        let line = serde_json::to_string(&[text, &ours, &travelling(text)]).expect("strings");
        writeln!(file, "{line}").expect("a written line");
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/ecmascript.js");
    let Ok(node) = Command::new("node").arg(script).arg(file.path()).output() else {
        vectors::skip("node is not installed");
        return None;
    };
    let problem = String::from_utf8_lossy(&node.stderr);
    assert!(node.status.success(), "node: {problem}");
    let answers = String::from_utf8(node.stdout).expect("UTF-8 from Node");
    let answers: Vec<[String; 3]> = answers
        .lines()
        .map(|line| serde_json::from_str(line).expect("three strings"))
        .collect();
    assert_eq!(answers.len(), texts.len());
    Some(answers)
}

/// Checks the texts, which must be acceptable; answers how many travelled in a
/// wrapper.
fn check(texts: &[String]) -> Option<usize> {
    let mut wrapped = 0;
    for (text, [theirs, passed, passed_travelling]) in texts.iter().zip(through_node(texts)?) {
        let ours = canonical(text).expect("JSON");
        assert_eq!(ours, theirs, "of {text}");
        assert_eq!(canonical(&passed).as_ref(), Some(&ours), "of {text}");
        let travelled = canonical(&passed_travelling).expect("JSON");
        assert_eq!(travelled, travelling(text), "of {text}");
        let arrived = exact::original(travelled.as_bytes());
        let limits = Limits::default();
        assert_eq!(
            jcs::comparable(&arrived, &limits),
            jcs::comparable(text.as_bytes(), &limits),
            "of {text}"
        );
        wrapped += usize::from(*arrived != *travelled.as_bytes());
    }
    Some(wrapped)
}

#[test]
fn random_documents_survive_node_with_every_digit() {
    let first = documents::first_seed();
    let count = 4_000 * documents::torture();
    let texts: Vec<String> = (0..count)
        .map(|at| Documents::new(first.wrapping_add(at)).document())
        .filter(|text| canonical(text).is_some())
        .collect();
    for texts in texts.chunks(20_000) {
        let Some(wrapped) = check(texts) else { return };
        println!("{} texts from seed {first}, {wrapped} wrapped", texts.len());
        assert!(wrapped * 10 > texts.len(), "{wrapped} of {}", texts.len());
    }
}

#[test]
fn numbers_of_thousands_of_digits_are_what_node_reads() {
    let mut texts = Vec::new();
    for length in [16, 100, 767, 768, 769, 1_100, 3_000] {
        let zeros = "0".repeat(length);
        for tie in ["9007199254740993", "9007199254740995", "7004305001"] {
            // Exactly half-way between doubles, and beside it.
            for last in ["0", "1"] {
                texts.push(format!("{tie}.{zeros}{last}"));
                texts.push(format!("{tie}{zeros}{last}e-{}", length + 1));
            }
            texts.push(format!("{tie}{zeros}e-{}", length as i64 - 9));
            texts.push(format!("0.{zeros}{tie}e{}", length + 16));
        }
        texts.push(format!("9007199254740992.{}", "9".repeat(length)));
        // Half of the smallest double, 2^-1075, and a little more than that.
        let half = BigUint::from(5_u32).pow(1075);
        texts.push(format!("{half}{zeros}e-{}", 1075 + length));
        texts.push(format!("{half}{zeros}1e-{}", 1076 + length));
    }
    assert!(check(&texts).is_none_or(|wrapped| wrapped > texts.len() / 2));
}

#[test]
fn named_documents_survive_node() {
    let texts = [
        r#"{"10":1,"9":2,"1":3,"b":4,"a":5}"#,
        r#"{"__proto__":{"b":1,"a":2},"constructor":0}"#,
        r#"{"id":9007199254740993,"price":12.50}"#,
        r#"{"at":1e17,"big":123456789012345678901234567890}"#,
        r#"{"$exact":"1"}"#,
        r#"{"$exact":"{\"$exact\":\"9007199254740993\"}"}"#,
        "{\"\u{e000}\":1,\"😀\":2,\"\\ud83d\\ude01\":3}",
        r#"["\u2028\u2029\u007f\u0000\/"]"#,
        "[-0,5e-324,1e-400,1.7976931348623157e308,1e21,1e-7]",
        "18446744073709551615",
    ];
    let wrapped = check(&texts.map(str::to_owned));
    assert!(wrapped.is_none_or(|wrapped| wrapped == 6), "{wrapped:?}");
}
