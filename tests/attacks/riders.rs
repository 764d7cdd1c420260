//! Members that ride along on a genuine receipt without being signed, or signed
//! by the wrong one.

use serde_json::{Value, json};
use signet::ErrorKind;
use signet::verifier::Axis;

use crate::forgeries::{altered, value};
use crate::ground::*;

#[test]
fn members_ride_along_unsigned() {
    for (place, member) in [
        ("", "approved"),
        ("", "note"),
        ("/action", "amount"),
        ("/action", "params_encrypted"),
        ("/action", "Tool"),
        ("/signer", "role"),
        ("/signer", "principal_verified"),
        ("", "__proto__"),
        ("", "response"),
        ("", "server"),
    ] {
        let forged = altered(|receipt| {
            receipt.pointer_mut(place).unwrap()[member] = json!("forged");
        });
        refused(
            &presented(&forged),
            Axis::Structure,
            ErrorKind::UnknownMember,
        );
    }
}

#[test]
fn known_members_of_other_versions_ride_along() {
    let chain: Value = serde_json::from_slice(chain().json()).unwrap();
    for (member, forged) in [
        (
            "authorization",
            json!({"chain": chain, "chain_hash": "sha256:00", "root_pubkey": name_of(&root())}),
        ),
        (
            "policy",
            json!({"policy_hash": "sha256:00", "policy_name": "p", "matched_rules": [],
                "decision": "allow", "reason": ""}),
        ),
        ("exp", json!("2099-01-01T00:00:00Z")),
        ("authz_decision", json!({"v": 1, "decision": "allow"})),
        ("extensions", json!({"approved_by": "ceo"})),
    ] {
        let report = presented(&altered(|receipt| receipt[member] = forged));
        assert!(!report.is_ok(), "{member}");
        assert!(
            matches!(
                report.kind(),
                Some(
                    ErrorKind::UnknownMember
                        | ErrorKind::SignatureInvalid
                        | ErrorKind::ReceiptInvalid
                        | ErrorKind::DecisionInvalid
                )
            ),
            "{member}: {:?}",
            report.reason()
        );
    }
}

#[test]
fn principals_are_added_to_the_signer() {
    for member in ["principal", "acting_for"] {
        let forged = altered(|receipt| receipt["signer"][member] = json!("user://acme/cfo"));
        refused(
            &presented(&forged),
            Axis::Signature,
            ErrorKind::SignatureInvalid,
        );
    }
    // Signed by the agent itself it is a claim, and said to be one.
    let claimed = resigned(|body| body["signer"]["principal"] = json!("user://acme/cfo"));
    let report = presented(&claimed);
    passes(&report);
    assert!(
        report
            .remarks()
            .contains(&signet::verifier::Remark::PrincipalClaimed)
    );
}

#[test]
fn a_member_that_no_version_knows_is_no_tampering_g14() {
    // Signed over, as a later version might: told apart from a broken signature.
    let later = resigned(|body| body["purpose"] = json!("audit"));
    refused(
        &presented(&later),
        Axis::Structure,
        ErrorKind::UnknownMember,
    );
    let later = resigned(|body| body["signer"]["attestation"] = json!("tpm"));
    refused(
        &presented(&later),
        Axis::Structure,
        ErrorKind::UnknownMember,
    );
    for version in [0, 5, 255] {
        let later = resigned(|body| body["v"] = json!(version));
        refused(
            &presented(&later),
            Axis::Structure,
            ErrorKind::ReceiptVersion,
        );
    }
    // And nothing of ours has a member that a reader of 0.10 would drop.
    let ours = value(&text_of(&delegated()));
    let known = [
        "v",
        "id",
        "action",
        "signer",
        "authorization",
        "ts",
        "nonce",
        "sig",
    ];
    assert!(
        ours.as_object()
            .unwrap()
            .keys()
            .all(|name| known.contains(&&**name))
    );
    assert_eq!(ours["signer"].as_object().unwrap().len(), 3);
    for link in ours["authorization"]["chain"].as_array().unwrap() {
        assert_eq!(link["delegator"].as_object().unwrap().len(), 2);
        assert!(link["scope"].get("constraints").is_none());
    }
}

#[test]
fn members_are_repeated_for_two_readers() {
    let receipt = honest(1);
    for (member, forged) in [
        (r#""tool":"pay""#, r#""tool":"refund","tool":"pay""#),
        (r#""tool":"pay""#, r#""tool":"pay","tool":"refund""#),
        (r#""amount":10"#, r#""amount":9999,"amount":10"#),
        (r#""amount":10"#, r#""amount":10,"\u0061mount":9999"#),
        (r#""v":1"#, r#""v":1,"v":1"#),
        (r#""signer":{"#, r#""signer":{},"signer":{"#),
    ] {
        let forged = receipt.replace(member, forged);
        assert_ne!(forged, receipt, "{member}");
        refused(
            &presented(&forged),
            Axis::Structure,
            ErrorKind::JsonDuplicateMember,
        );
    }
}

#[test]
fn a_policys_approval_is_forged() {
    let attested = |decision: &str| {
        json!({"policy_hash": format!("sha256:{}", "0".repeat(64)), "policy_name": "strict",
            "matched_rules": ["ceo"], "decision": decision, "reason": "approved"})
    };
    let bank = verifier(|options| {
        options.policy = Some(policy(
            "{version: 1, name: strict, default_action: deny, rules: []}",
        ));
    });
    // Attached, it breaks the signature.
    let attached = altered(|receipt| receipt["policy"] = attested("allow"));
    let report = bank.check_call(&call(&attached), clock());
    refused(&report, Axis::Signature, ErrorKind::SignatureInvalid);
    // Signed by the agent itself it is the agent's word, and the server asks its
    // own policy.
    let claimed = resigned(|body| body["policy"] = attested("allow"));
    let report = bank.check_call(&call(&claimed), clock());
    refused(&report, Axis::Policy, ErrorKind::PolicyDenied);
    let report = presented(&claimed);
    passes(&report);
    assert!(
        report
            .remarks()
            .contains(&signet::verifier::Remark::AttestationClaimed)
    );
    // And one that does not allow is no permission.
    for decision in ["deny", "require_approval", "ALLOW", ""] {
        let denied = resigned(|body| body["policy"] = attested(decision));
        refused(
            &presented(&denied),
            Axis::Structure,
            ErrorKind::ReceiptInvalid,
        );
    }
}
