//! The layout of every struct: Rust, C and the committed list agree, so
//! a changed offset cannot slip in.

use std::mem::{offset_of, size_of};
use std::process::Command;

use signet::ffi::delegation_options::signet_delegation_options;
use signet::ffi::gate::signet_evidence;
use signet::ffi::json::signet_parse_options;
use signet::ffi::keystore::signet_keystore_options;
use signet::ffi::log::signet_log_entry;
use signet::ffi::log_bundle::{signet_bundle_options, signet_bundle_verify_options};
use signet::ffi::log_options::signet_log_options;
use signet::ffi::log_verify::{signet_log_finding, signet_log_report};
use signet::ffi::log_verify_options::{signet_key_cutoff, signet_log_verify_options};
use signet::ffi::mcp_request::signet_mcp_request_options;
use signet::ffi::mcp_response::signet_mcp_response_options;
use signet::ffi::receipt_answer::signet_co_sign_options;
use signet::ffi::receipt_options::signet_sign_options;
use signet::ffi::receipt_verify::signet_verify_options;
use signet::ffi::replay_store::signet_replay_store_options;
use signet::ffi::verifier::{signet_check_options, signet_verifier_options};
use signet_ffi_tests::{root, source};

/// What Rust made of a struct.
struct Layout {
    name: &'static str,
    size: usize,
    /// Name, offset and size of each member.
    members: Vec<(&'static str, usize, usize)>,
}

macro_rules! layout {
    ($($name:ident { $($member:ident),* $(,)? })*) => {
        vec![$(Layout {
            name: stringify!($name),
            size: size_of::<$name>(),
            members: vec![$((
                stringify!($member),
                offset_of!($name, $member),
                size_of_member(|given: &$name| &given.$member),
            ),)*],
        },)*]
    };
}

fn size_of_member<S, M>(_: fn(&S) -> &M) -> usize {
    size_of::<M>()
}

fn layout_in_rust() -> Vec<Layout> {
    layout! {
        signet_bundle_options { struct_size, flags, now_unix_ms, host, host_len, bundle }
        signet_bundle_verify_options { struct_size, flags, bundle, params_keys, params_keys_len }
        signet_check_options {
            struct_size, flags, target, target_len, session, session_len, call_id, call_id_len, arguments,
            arguments_len, response, response_len,
        }
        signet_co_sign_options {
            struct_size, flags, now_unix_ms, nonce, max_len, unsigned_extensions, unsigned_extensions_len,
        }
        signet_delegation_options {
            struct_size, flags, now_unix_ms, nonce, parent_scope, parent_scope_len, delegator_principal,
            delegator_principal_len, delegate_principal, delegate_principal_len, unsigned_budget, unsigned_budget_len,
            unsigned_constraints, unsigned_constraints_len, unsigned_correlation_id, unsigned_correlation_id_len,
        }
        signet_evidence { json, json_len, kind, reserved }
        signet_key_cutoff { from_index, key }
        signet_keystore_options {
            struct_size, flags, kdf_passes, kdf_memory_kib, max_memory_kib, max_passes,
        }
        signet_log_entry {
            index, record_hash, durable, reserved,
        }
        signet_log_finding {
            kind, reserved, index, line, file, file_len, expected_hash, actual_hash, detail, detail_len,
        }
        signet_log_options {
            struct_size, flags, durability, interval_ms, max_record_len, lock_timeout_ms, origin, origin_len,
            max_segment_len, checkpoint_records, checkpoint_ms,
        }
        signet_log_report {
            records, findings, first_bad, signatures_valid, signatures_failed, unverifiable, unsigned_records, last_hash,
            pruned, anchored, remembered, pruned_by, pruned_by_control_key,
        }
        signet_log_verify_options {
            struct_size, flags, first, limit, threads, checkpoint, checkpoint_len, vkey, vkey_len, bundle,
            params_keys, params_keys_len, servers, servers_len, roots, roots_len, cutoffs, cutoffs_len,
            max_checkpoint_age_ms, now_unix_ms, control_keys, control_keys_len,
        }
        signet_mcp_request_options {
            struct_size, flags, now_unix_ms, max_len, max_depth, max_batch, target, target_len, transport,
            transport_len, session, session_len, trace_id, trace_id_len, parent_receipt_id, parent_receipt_id_len,
            expires_at, expires_at_len, policy, fulfils, fulfils_len,
        }
        signet_mcp_response_options {
            struct_size, flags, now_unix_ms, max_len, max_depth, reserved, outcome, outcome_len,
        }
        signet_parse_options { struct_size, flags, max_depth, reserved, max_len }
        signet_replay_store_options {
            struct_size, flags, capacity, lifetime_seconds, form, reserved,
        }
        signet_sign_options {
            struct_size, flags, now_unix_ms, expires_at, expires_at_len, nonce, max_len,
        }
        signet_verifier_options {
            struct_size, flags, trusted_keys, trusted_keys_len, trusted_servers, trusted_servers_len, trusted_roots,
            trusted_roots_len, trusted_authorities, trusted_authorities_len, bundle, policy, replay_store,
        }
        signet_verify_options {
            struct_size, flags, now_unix_ms, window_seconds, max_age_seconds, skew_seconds, servers, servers_len,
            roots, roots_len, bundle, max_links, session, session_len, call_id, call_id_len, response, response_len,
        }
    }
}

/// The same as lines of the committed list: sizes and offsets by name.
fn lines_in_rust() -> Vec<(String, usize)> {
    let mut lines = Vec::new();
    for layout in layout_in_rust() {
        lines.push((layout.name.to_owned(), layout.size));
        for (member, offset, _) in layout.members {
            lines.push((format!("{}.{member}", layout.name), offset));
        }
    }
    lines
}

/// A line of the committed list: a struct's size or a member's offset, with
/// 64-bit and with 32-bit pointers.
struct Line {
    name: String,
    on_64: usize,
    on_32: usize,
}

fn committed() -> Vec<Line> {
    let text = std::fs::read_to_string(root().join("ffi-tests/abi/signet.layout")).unwrap();
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let mut words = line.split_whitespace();
            let mut number = |name: &str| {
                let word = words.next().unwrap_or_else(|| panic!("{line}: no {name}"));
                word.to_owned()
            };
            Line {
                name: number("name"),
                on_64: number("64-bit number").parse().unwrap(),
                on_32: number("32-bit number").parse().unwrap(),
            }
        })
        .collect()
}

#[test]
fn every_struct_and_member_is_listed() {
    let mut expected = Vec::new();
    for (item, members) in source::structs().unwrap() {
        expected.push(item.ident.to_string());
        expected.extend(
            members
                .iter()
                .map(|member| format!("{}.{member}", item.ident)),
        );
    }
    let mut listed: Vec<_> = committed().into_iter().map(|line| line.name).collect();
    let mut checked: Vec<_> = lines_in_rust().into_iter().map(|(name, _)| name).collect();
    expected.sort();
    listed.sort();
    checked.sort();
    assert_eq!(
        listed, expected,
        "abi/signet.layout must list every repr(C) struct of src/ffi"
    );
    assert_eq!(
        checked, expected,
        "layout_in_rust must list every repr(C) struct of src/ffi"
    );
}

#[test]
#[cfg(target_pointer_width = "64")]
fn rust_lays_structs_out_as_listed() {
    let listed: Vec<_> = committed()
        .into_iter()
        .map(|line| (line.name, line.on_64))
        .collect();
    assert_eq!(lines_in_rust(), listed);
}

/// A member that is added later must not lie where old programs have padding,
/// which they never set.
#[test]
fn structs_have_no_holes_and_options_start_with_their_size() {
    for layout in layout_in_rust() {
        let mut end = 0;
        for (member, offset, size) in &layout.members {
            assert_eq!(*offset, end, "{}.{member} comes after a hole", layout.name);
            end = offset + size;
        }
        assert_eq!(layout.size, end, "{} ends in a hole", layout.name);
        if layout.name.ends_with("_options") {
            let first = layout.members.first().map(|first| first.0);
            assert_eq!(first, Some("struct_size"), "{}", layout.name);
        }
    }
}

#[test]
fn c_lays_structs_out_as_listed() {
    assert_in_c("64", &[], |line| line.on_64);
    if cfg!(target_arch = "x86_64") {
        // Freestanding: the compiler's own headers suffice for -m32.
        assert_in_c("32", &["-m32", "-ffreestanding"], |line| line.on_32);
    }
}

/// Has the C compiler assert the listed numbers.
fn assert_in_c(name: &str, flags: &[&str], number: impl Fn(&Line) -> usize) {
    let mut program = String::from("#include <signet.h>\n");
    for line in committed() {
        let number = number(&line);
        let fact = match line.name.split_once('.') {
            Some((item, member)) => format!("offsetof({item}, {member}) == {number}"),
            None => format!("sizeof({}) == {number}", line.name),
        };
        program.push_str(&format!("_Static_assert({fact}, \"{}\");\n", line.name));
    }
    program.push_str("_Static_assert(sizeof(signet_status) == 4, \"signet_status\");\n");
    let file = root().join(format!("ffi-tests/target/layout_{name}.c"));
    std::fs::write(&file, program).unwrap();
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    for flags in [flags.to_vec(), [flags, &["-fshort-enums"]].concat()] {
        let output = Command::new(&compiler)
            .args(["-std=c11", "-fsyntax-only", "-I"])
            .arg(root().join("include"))
            .args(flags)
            .arg(&file)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
