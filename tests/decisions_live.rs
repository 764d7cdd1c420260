//! Decisions and revocations of version 0.11: the published library verifies what
//! is signed here, and what it signs is verified here.

use serde_json::{Value, json};
use signet::ErrorKind;
use signet::authority::Format;
use signet::authority::authorized::{Said, SignAuthorizedOptions, sign_authorized_as};
use signet::authority::chain::Chain;
use signet::authority::constraint::Constraint;
use signet::authority::decision::{
    AuthorityDecision, DecideOptions, Terms, decide, policy_basis, sign_with_decision,
};
use signet::authority::delegation::{self, Grant, GrantOptions};
use signet::authority::policy::{Call, Decision, Policy};
use signet::authority::revocation::{
    Artifact, Revocation, Revocations, RevokeOptions, Withdrawal, revoke,
};
use signet::authority::scope::Scope;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::receipt::{Action, ActionOptions, Receipt, SignOptions, Signer};
use signet::verifier::{Evidence, Verifier, VerifierOptions};

const AUTHORITY: &str = "agent://example/security";
const SUBJECT: &str = "agent://example/bot";
const ACTION: &str = r#"{"tool":"deploy","params":{"a":[2.5,"é\u0007"],"b":1},"target":"mcp://prod","transport":"STDIO"}"#;

fn action() -> Action {
    Action::parse(ACTION.as_bytes(), &ActionOptions::default()).unwrap()
}

fn their_action() -> signet_core::Action {
    let mut action: Value = serde_json::from_str(ACTION).unwrap();
    action["params_hash"] =
        serde_json::from_slice::<Value>(action_json().as_bytes()).unwrap()["params_hash"].clone();
    serde_json::from_value(action).unwrap()
}

fn action_json() -> String {
    String::from_utf8(action().json().to_vec()).unwrap()
}

/// A decision with everything in it.
fn decided(key: &KeyPair, decision: Decision, expires_at: Option<Instant>) -> AuthorityDecision {
    let policy = "version: 1\nname: gate\nrules:\n - {id: ok, match: {tool: deploy}, action: allow, \
                  reason: listed, obligations: [{type: sandbox, version: 1, parameters: {required: true}}]}\n";
    let policy = Policy::parse(policy.as_bytes(), Format::Yaml).unwrap();
    let action = action();
    let evaluation = policy.evaluate(&Call::of_action(&action, "a"), Instant::now(), None);
    let constraints = [
        Constraint::call_count(2).unwrap(),
        Constraint::monetary("500.00", "USD").unwrap(),
    ];
    let terms = Terms {
        authority: AUTHORITY,
        subject: SUBJECT,
        action: &action,
        decision,
        basis: &policy_basis(&evaluation),
        constraints: &constraints,
        obligations: &evaluation.obligations,
        expires_at,
        credential_ref: Some("grant://vault/1"),
    };
    decide(key, &terms, &DecideOptions::default()).unwrap()
}

fn theirs(decision: &AuthorityDecision) -> signet_core::AuthorizationDecision {
    serde_json::from_slice(decision.json()).unwrap()
}

fn later() -> Instant {
    Instant::now().plus_millis(3_600_000)
}

#[test]
fn the_published_library_verifies_our_decisions_and_we_its_own() {
    let key = KeyPair::generate().unwrap();
    let ours = decided(&key, Decision::Allow, Some(later()));
    let there = theirs(&ours);
    signet_core::verify_decision(&there).unwrap();
    signet_core::verify_decision_for_action(&there, &their_action(), Some(SUBJECT)).unwrap();
    assert_eq!(
        serde_json::to_value(&there).unwrap(),
        serde_json::from_slice::<Value>(ours.json()).unwrap()
    );

    let (key, _) = signet_core::generate_keypair();
    let intent = signet_core::CanonicalIntent::from_action(&their_action()).unwrap();
    let basis = json!({"type": "approval", "approver": "user://example/alice"});
    let decision = signet_core::authorize(
        &key,
        AUTHORITY,
        SUBJECT,
        &intent,
        signet_core::DecisionType::Allow,
        serde_json::from_value(basis).unwrap(),
        Vec::new(),
        Vec::new(),
        None,
        None,
    )
    .unwrap();
    let text = serde_json::to_string_pretty(&decision).unwrap();
    let read = AuthorityDecision::parse(text.as_bytes()).unwrap();
    read.check_allows(&action(), SUBJECT, Instant::now())
        .unwrap();
}

fn agent_signs(
    key: &KeyPair,
    decision: &AuthorityDecision,
    principal: Option<&str>,
) -> signet::Result<Receipt> {
    let signer = Signer {
        name: "agent",
        owner: "org",
    };
    let options = SignOptions {
        principal,
        ..SignOptions::default()
    };
    sign_with_decision(key, &action(), &signer, decision, &options)
}

#[test]
fn a_receipt_on_a_decision_verifies_on_both_sides() {
    let (secret, public) = signet_core::generate_keypair();
    let agent = KeyPair::from_seed(&secret.to_bytes());
    let authority = KeyPair::generate().unwrap();
    let decision = decided(&authority, Decision::Allow, Some(later()));
    let receipt = agent_signs(&agent, &decision, Some(SUBJECT)).unwrap();
    let there: signet_core::Receipt = serde_json::from_slice(receipt.json()).unwrap();
    signet_core::verify(&there, &public).unwrap();

    let verifier = Verifier::new(VerifierOptions {
        trusted_keys: vec![*agent.public_key()],
        trusted_authorities: vec![*authority.public_key()],
        require_decision: true,
        ..VerifierOptions::default()
    })
    .unwrap();
    let evidence = Evidence {
        receipt: receipt.json(),
        ..Evidence::default()
    };
    let report = verifier.check_evidence(&evidence, Instant::now());
    report.require_ok().unwrap();
}

#[test]
fn nothing_is_signed_on_a_decision_that_does_not_allow_it_g9() {
    let (authority, agent) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let kind = |signed: signet::Result<Receipt>| signed.unwrap_err().kind();
    for refused in [Decision::Deny, Decision::RequireApproval] {
        let decision = decided(&authority, refused, None);
        let signed = agent_signs(&agent, &decision, Some(SUBJECT));
        assert_eq!(kind(signed), ErrorKind::DecisionMismatch);
    }
    let allowed = decided(&authority, Decision::Allow, None);
    for principal in [None, Some("agent://example/other")] {
        let signed = agent_signs(&agent, &allowed, principal);
        assert_eq!(kind(signed), ErrorKind::DecisionMismatch);
    }
    let over = decided(
        &authority,
        Decision::Allow,
        Some(Instant::now().plus_millis(-1)),
    );
    assert_eq!(
        kind(agent_signs(&agent, &over, Some(SUBJECT))),
        ErrorKind::Expired
    );
}

#[test]
fn a_delegated_receipt_carries_a_decision_and_claims() {
    let (secret, public) = signet_core::generate_keypair();
    let root = KeyPair::from_seed(&secret.to_bytes());
    let agent = KeyPair::generate().unwrap();
    let scope = Scope::new(["deploy"], ["*"], 0).unwrap();
    let grant = Grant {
        delegator_name: "root",
        delegator_principal: Some("user://example/alice"),
        delegate: agent.public_key(),
        delegate_name: "agent",
        delegate_principal: Some(SUBJECT),
        scope: &scope,
        parent: None,
    };
    let token = delegation::sign(&root, &grant, &GrantOptions::default()).unwrap();
    let chain = Chain::of(vec![token]);
    let decision = decided(&root, Decision::Allow, Some(later()));
    let said = Said {
        principal: Some(SUBJECT),
        acting_for: None,
        decision: Some(&decision),
    };
    let options = SignAuthorizedOptions::default();
    let receipt = sign_authorized_as(&agent, &action(), "agent", &chain, &said, &options).unwrap();
    let value: Value = serde_json::from_slice(receipt.json()).unwrap();
    assert_eq!(value["signer"]["principal"], SUBJECT);
    assert_eq!(value["signer"]["acting_for"], "user://example/alice");
    let there: signet_core::Receipt = serde_json::from_value(value).unwrap();
    let options = signet_core::AuthorizedVerifyOptions {
        trusted_roots: vec![public],
        ..signet_core::AuthorizedVerifyOptions::default()
    };
    signet_core::verify_authorized(&there, &options).unwrap();

    let verifier = Verifier::new(VerifierOptions {
        trusted_roots: vec![*root.public_key()],
        trusted_authorities: vec![*root.public_key()],
        require_decision: true,
        ..VerifierOptions::default()
    })
    .unwrap();
    let evidence = Evidence {
        receipt: receipt.json(),
        ..Evidence::default()
    };
    let report = verifier.check_evidence(&evidence, Instant::now());
    report.require_ok().unwrap();
    // Another principal than the decision's subject is not signed.
    let said = Said {
        principal: Some("agent://example/other"),
        ..said
    };
    let options = SignAuthorizedOptions::default();
    let refused = sign_authorized_as(&agent, &action(), "agent", &chain, &said, &options);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::DecisionMismatch);
}

#[test]
fn revocations_verify_on_both_sides() {
    let (secret, public) = signet_core::generate_keypair();
    let issuer = KeyPair::from_seed(&secret.to_bytes());
    let id = format!("del_{}", "ab".repeat(16));
    let withdrawal = Withdrawal {
        artifact: Artifact::DelegationToken,
        artifact_id: &id,
        revoked_by: "user://example/alice",
        reason: "lost \"laptop\"\n",
    };
    let ours = revoke(&issuer, &withdrawal, &RevokeOptions::default()).unwrap();
    let there: signet_core::RevocationRecord = serde_json::from_slice(ours.json()).unwrap();
    signet_core::verify_revocation_record(&there, &public).unwrap();

    let (key, public) = signet_core::generate_keypair();
    let record = signet_core::sign_revocation(
        &key,
        signet_core::ArtifactType::AuthorizationDecision,
        &format!("dec_{}", "cd".repeat(16)),
        "x-local://keys/auth",
        "",
    )
    .unwrap();
    let line = serde_json::to_string(&record).unwrap();
    let read = Revocation::parse(line.as_bytes()).unwrap();
    let public = signet::crypto::ed25519::PublicKey::from_bytes(public.as_bytes()).unwrap();
    read.verify(&public).unwrap();
    assert!(read.verify(issuer.public_key()).is_err());
    assert_eq!(
        Revocations::parse(line.as_bytes()).unwrap().records().len(),
        1
    );
}
