//! The published Signet itself, run beside ours on random trust bundles: the same
//! keys at every time, and nothing read here that is not read there.

#[path = "support/documents.rs"]
mod documents;
#[path = "support/mutations.rs"]
mod mutations;

use std::time::{Duration, UNIX_EPOCH};

use documents::{Documents, first_seed, torture};
use mutations::mutated;
use serde_json::{Value, json};
use signet::authority::Format;
use signet::authority::trust::{Section, TrustBundle};
use signet::encoding::key_text;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;

/// A time of June 2026, by the hour: so few that they often meet.
fn time(random: &mut Documents) -> String {
    let day = 10 + random.below(5);
    let hour = random.below(24);
    match random.below(4) {
        0 => format!("2026-06-{day}T{hour:02}:00:00+00:00"),
        1 => format!("2026-06-{day}T{hour:02}:00:00.000Z"),
        _ => format!("2026-06-{day}T{hour:02}:00:00Z"),
    }
}

fn entry(random: &mut Documents, number: u64) -> Value {
    let seed = u8::try_from(number + 1).unwrap();
    let key = key_text::prefixed(KeyPair::from_seed(&[seed; 32]).public_key());
    let status = ["active", "active", "disabled", "revoked"][random.below(4) as usize];
    let mut entry = json!({
        "id": format!("key-{number}"), "name": "Näme", "owner": "o", "pubkey": key,
        "status": status, "created_at": "2026-01-01T00:00:00Z",
    });
    if random.below(3) == 0 {
        entry["expires_at"] = time(random).into();
    }
    if status == "disabled" || random.below(6) == 0 {
        entry["disabled_at"] = time(random).into();
    }
    if status == "revoked" || random.below(6) == 0 {
        entry["revoked_at"] = time(random).into();
    }
    if random.below(4) == 0 {
        entry["comment"] = "rotated \"here\"\n".into();
    }
    entry
}

fn bundle(random: &mut Documents) -> Value {
    let mut bundle = json!({
        "version": 1, "bundle_id": "b-1", "org": "org", "env": "prod_1",
        "generated_at": time(random),
    });
    if random.below(3) == 0 {
        bundle["description"] = "d".into();
    }
    let mut number = 0;
    for section in Section::ALL {
        if random.below(6) == 0 {
            continue;
        }
        let entries: Vec<Value> = (0..random.below(4))
            .map(|_| {
                number += 1;
                entry(random, number)
            })
            .collect();
        bundle[section.as_text()] = entries.into();
    }
    bundle
}

fn theirs(text: &str, format: Format) -> Result<signet_core::TrustBundle, String> {
    let parsed = match format {
        Format::Json => signet_core::parse_trust_bundle_json(text),
        _ => signet_core::parse_trust_bundle_yaml(text),
    };
    let bundle = parsed.map_err(|error| error.to_string())?;
    signet_core::validate_trust_bundle(&bundle).map_err(|error| error.to_string())?;
    Ok(bundle)
}

/// The keys that the published Signet calls active, in the text of receipts.
fn their_active(bundle: &signet_core::TrustBundle, section: Section, at: Instant) -> Vec<String> {
    let seconds = u64::try_from(at.unix_millis() / 1000).unwrap();
    let time = UNIX_EPOCH + Duration::from_secs(seconds);
    let keys = match section {
        Section::Roots => bundle.active_root_pubkeys_at(time.into()),
        Section::Agents => bundle.active_agent_pubkeys_at(time.into()),
        Section::Servers => bundle.active_server_pubkeys_at(time.into()),
    };
    let keys = keys.unwrap().into_iter();
    keys.map(|key| {
        let key = signet::crypto::ed25519::PublicKey::from_bytes(key.as_bytes()).unwrap();
        key_text::prefixed(&key)
    })
    .collect()
}

#[test]
fn the_same_keys_are_active_at_every_time_or_it_is_said_why() {
    let (mut same, mut explained) = (0_u64, 0_u64);
    let seed = first_seed();
    for round in 0..800 * torture() {
        let mut random = Documents::new(seed.wrapping_add(round));
        let document = bundle(&mut random);
        let text = document.to_string();
        for format in [Format::Json, Format::Yaml] {
            let ours = TrustBundle::parse(text.as_bytes(), format);
            let ours = ours.unwrap_or_else(|error| panic!("{error}\n{text}"));
            let there = theirs(&text, format).unwrap_or_else(|error| panic!("{error}\n{text}"));
            let at = Instant::parse(&time(&mut random)).unwrap();
            for section in Section::ALL {
                let active_there = their_active(&there, section, at);
                for key in ours.keys(section) {
                    let here = ours.check(section, &key.key, at).is_ok();
                    let name = key_text::prefixed(&key.key);
                    let there = active_there.contains(&name);
                    if here == there {
                        same += 1;
                        continue;
                    }
                    explained += 1;
                    let list = document[section.as_text()].as_array().unwrap();
                    let entry = list.iter().find(|entry| entry["pubkey"] == name).unwrap();
                    let reached = |member: &str| {
                        let time = entry[member].as_str();
                        time.is_some_and(|time| at >= Instant::parse(time).unwrap())
                    };
                    if here {
                        // It was active then, and is no longer: the past stays good.
                        assert_ne!(entry["status"], "active", "{text}");
                        assert!(!reached("disabled_at") && !reached("revoked_at"));
                        assert!(at < ours.generated_at() || document["generated_at"].is_null());
                    } else {
                        // `active`, says the status, and its end has come.
                        assert_eq!(entry["status"], "active", "{text}");
                        assert!(reached("disabled_at") || reached("revoked_at"));
                    }
                }
            }
        }
    }
    assert!(same > explained && explained > 50, "{same} {explained}");
}

#[test]
fn an_almost_right_bundle_is_read_only_where_it_is_read_there() {
    let (mut both, mut stricter, mut neither) = (0_u64, 0_u64, 0_u64);
    let seed = first_seed();
    for round in 0..3000 * torture() {
        let mut random = Documents::new(seed.wrapping_add(round));
        let document = bundle(&mut random);
        let text = mutated(&mut random, &document);
        let format = [Format::Json, Format::Yaml][random.below(2) as usize];
        let here = TrustBundle::parse(text.as_bytes(), format);
        let there = theirs(&text, format);
        match (here, there) {
            (Ok(here), Ok(there)) => {
                both += 1;
                let at = Instant::parse(&time(&mut random)).unwrap();
                for section in Section::ALL {
                    let listed = there_listed(&there, section);
                    let ours: Vec<String> = here
                        .keys(section)
                        .iter()
                        .map(|key| key_text::prefixed(&key.key))
                        .collect();
                    assert_eq!(ours, listed, "{text}");
                    let _ = here.active(section, at);
                }
            }
            (Ok(_), Err(error)) => panic!("read here only: {error}\n{text}"),
            (Err(error), Ok(_)) => {
                stricter += 1;
                // What no member of the format says would count for nothing.
                let known = error.detail().contains("unknown member");
                assert!(known, "{error}\n{text}");
            }
            (Err(_), Err(_)) => neither += 1,
        }
    }
    let counts = [both, stricter, neither];
    assert!(counts.iter().all(|count| *count > 20), "{counts:?}");
}

fn there_listed(bundle: &signet_core::TrustBundle, section: Section) -> Vec<String> {
    let entries = match section {
        Section::Roots => &bundle.roots,
        Section::Agents => &bundle.agents,
        Section::Servers => &bundle.servers,
    };
    entries.iter().map(|entry| entry.pubkey.clone()).collect()
}
